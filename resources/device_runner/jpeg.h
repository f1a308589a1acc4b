/* JPEG pictures through libjpeg-turbo, where the phone's bundle has it. */
#ifndef RUNNER_JPEG_H
#define RUNNER_JPEG_H

#include "frame.h"

/* Zero-initialized before first use. */
struct jpeg {
  bool was_tried;
  void *library;
  void *decoder;
  uint8_t *data; /* a compressed picture */
  size_t capacity;
};

/* Room for a compressed picture of so many bytes, in `data`. */
bool jpeg_make_room(struct jpeg *jpeg, size_t bytes, struct problem *problem);

/* Decodes `data` into the frame's pixels, equal to what OpenCV decodes on the computer. */
bool jpeg_decode(struct jpeg *jpeg, size_t bytes, struct frame *frame, struct problem *problem);

void jpeg_free(struct jpeg *jpeg);

#endif
