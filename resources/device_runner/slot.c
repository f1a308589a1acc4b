#include "slot.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool slot_init(struct slot *slot) {
  memset(slot, 0, sizeof *slot);
  slot->room_event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (slot->room_event < 0)
    return false;
  pthread_mutex_init(&slot->lock, NULL);
  pthread_cond_init(&slot->changed, NULL);
  return true;
}

void slot_destroy(struct slot *slot) {
  frame_free(&slot->frame);
  pthread_mutex_destroy(&slot->lock);
  pthread_cond_destroy(&slot->changed);
  close(slot->room_event);
}

static void tell_room(struct slot *slot) {
  const uint64_t one = 1;
  /* Cannot fail but when the count is full, and then the event is readable as it should be. */
  if (write(slot->room_event, &one, sizeof one) < 0)
    return;
}

void slot_clear_room_event(struct slot *slot) {
  uint64_t count;
  if (read(slot->room_event, &count, sizeof count) < 0)
    return; /* was clear */
}

bool slot_has_room(struct slot *slot) {
  pthread_mutex_lock(&slot->lock);
  bool has_room = !slot->is_full;
  pthread_mutex_unlock(&slot->lock);
  return has_room;
}

bool slot_wait_for_room(struct slot *slot) {
  pthread_mutex_lock(&slot->lock);
  while (slot->is_full && !slot->is_closed)
    pthread_cond_wait(&slot->changed, &slot->lock);
  bool is_open = !slot->is_closed;
  pthread_mutex_unlock(&slot->lock);
  return is_open;
}

void slot_fill(struct slot *slot, enum job job) {
  pthread_mutex_lock(&slot->lock);
  slot->job = job;
  slot->is_full = true;
  pthread_cond_broadcast(&slot->changed);
  pthread_mutex_unlock(&slot->lock);
}

enum job slot_take(struct slot *slot, struct frame *frame) {
  pthread_mutex_lock(&slot->lock);
  while (!slot->is_full)
    pthread_cond_wait(&slot->changed, &slot->lock);
  struct frame taken = slot->frame;
  slot->frame = *frame;
  *frame = taken;
  enum job job = slot->job;
  slot->is_full = false;
  pthread_cond_broadcast(&slot->changed);
  pthread_mutex_unlock(&slot->lock);
  tell_room(slot);
  return job;
}

void slot_close(struct slot *slot) {
  pthread_mutex_lock(&slot->lock);
  slot->is_closed = true;
  pthread_cond_broadcast(&slot->changed);
  pthread_mutex_unlock(&slot->lock);
  tell_room(slot);
}

bool slot_is_closed(struct slot *slot) {
  pthread_mutex_lock(&slot->lock);
  bool is_closed = slot->is_closed;
  pthread_mutex_unlock(&slot->lock);
  return is_closed;
}
