/* The one place between the thread that receives and the thread that works: while one job is
   worked on, one more waits here and no further one is taken in, so memory stays bounded. */
#ifndef RUNNER_SLOT_H
#define RUNNER_SLOT_H

#include <pthread.h>

#include "frame.h"

enum job {
  JOB_OPEN,  /* open the model */
  JOB_FRAME, /* segment the frame, or refuse it when it has a problem */
  JOB_END,   /* the connection is over; the frame's problem says why, or has no code */
};

struct slot {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool is_full, is_closed;
  enum job job;
  struct frame frame; /* the receiver's to fill while the slot is empty */
  int room_event;     /* readable when the slot has become empty, for poll() */
};

bool slot_init(struct slot *slot);
void slot_destroy(struct slot *slot);

/* The receiver's side. */
bool slot_has_room(struct slot *slot);
bool slot_wait_for_room(struct slot *slot); /* false once the worker has closed the slot */
void slot_fill(struct slot *slot, enum job job);
void slot_clear_room_event(struct slot *slot);

/* The worker's side. The waiting frame and the worker's change places. */
enum job slot_take(struct slot *slot, struct frame *frame);
void slot_close(struct slot *slot);
bool slot_is_closed(struct slot *slot);

#endif
