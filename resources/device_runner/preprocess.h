/* From a picture to the network's input: resize, channel order, table, padding. */
#ifndef RUNNER_PREPROCESS_H
#define RUNNER_PREPROCESS_H

#include "resize.h"
#include "wire.h"

/* Zero-initialized before first use. */
struct preprocess {
  struct resize resize;
  uint8_t *row; /* [fitted width * 3] */
  size_t row_bytes;
};

/* Fills `tensor`, [1, h, w, 3] or [1, 3, h, w] of the type in `open`. */
bool preprocess_write(struct preprocess *preprocess, const struct open_message *open,
                      const struct frame_head *head, const uint8_t *picture, void *tensor,
                      struct problem *problem);

/* Fills all of `tensor` with the padding, for runs before the first picture. */
void preprocess_blank(const struct open_message *open, void *tensor);

void preprocess_free(struct preprocess *preprocess);

#endif
