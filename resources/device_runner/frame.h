/* A picture on its way from the wire to the network. */
#ifndef RUNNER_FRAME_H
#define RUNNER_FRAME_H

#include "wire.h"

/* Zero-initialized before first use; its memory is kept for later pictures. */
struct frame {
  struct frame_head head;
  uint64_t received_micros;
  float decode_millis;
  struct problem problem; /* code PROBLEM_NONE when the picture is fine */
  uint8_t *pixels;        /* [height, width, 3] BGR */
  size_t capacity;
};

/* Whether the head makes sense for this model and for a picture of so many bytes. */
bool frame_check(const struct frame_head *head, const struct open_message *open,
                 size_t picture_bytes, struct problem *problem);

/* Makes room for the head's picture. */
bool frame_make_room(struct frame *frame, struct problem *problem);

void frame_free(struct frame *frame);

#endif
