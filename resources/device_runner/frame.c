#include "frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t pixel_bytes(const struct frame_head *head) {
  return (size_t)head->width * head->height * 3;
}

bool frame_check(const struct frame_head *head, const struct open_message *open,
                 size_t picture_bytes, struct problem *problem) {
  unsigned number = head->sequence;
  if (head->width < 1 || head->width > WIRE_MOST_PICTURE_SIDE || head->height < 1 ||
      head->height > WIRE_MOST_PICTURE_SIDE)
    return refuse(problem, PROBLEM_FRAME, "Frame %u has a picture of %u x %u; 1 to %d are allowed.",
                  number, head->width, head->height, WIRE_MOST_PICTURE_SIDE);
  if (head->fitted_width < 1 || head->fitted_width > open->input_width ||
      head->fitted_height < 1 || head->fitted_height > open->input_height)
    return refuse(problem, PROBLEM_FRAME, "Frame %u is to fill %u x %u of an input of %u x %u.",
                  number, head->fitted_width, head->fitted_height, open->input_width,
                  open->input_height);
  if (head->flags & ~(FRAME_NO_MASK | FRAME_WITH_OUTPUT | FRAME_RESTART))
    return refuse(problem, PROBLEM_FRAME, "Frame %u has unknown flags 0x%02x.", number,
                  head->flags);
  if (!isfinite(head->time_seconds))
    return refuse(problem, PROBLEM_FRAME, "Frame %u has no time.", number);
  if (head->encoding != FRAME_BGR && head->encoding != FRAME_JPEG)
    return refuse(problem, PROBLEM_FRAME, "Frame %u has unknown encoding %u.", number,
                  head->encoding);
  if (head->encoding == FRAME_BGR && picture_bytes != pixel_bytes(head))
    return refuse(problem, PROBLEM_FRAME, "Frame %u of %u x %u has %zu bytes instead of %zu.",
                  number, head->width, head->height, picture_bytes, pixel_bytes(head));
  if (picture_bytes < 1)
    return refuse(problem, PROBLEM_FRAME, "Frame %u has no picture.", number);
  return true;
}

bool frame_make_room(struct frame *frame, struct problem *problem) {
  size_t bytes = pixel_bytes(&frame->head);
  if (frame->capacity >= bytes)
    return true;
  uint8_t *pixels = realloc(frame->pixels, bytes);
  if (!pixels)
    return refuse_memory(problem, bytes);
  frame->pixels = pixels;
  frame->capacity = bytes;
  return true;
}

void frame_free(struct frame *frame) {
  free(frame->pixels);
  memset(frame, 0, sizeof *frame);
}
