/* From the network's output to a mask at the frame's size, or at the grid's. */
#ifndef RUNNER_POSTPROCESS_H
#define RUNNER_POSTPROCESS_H

#include "geometry.h"
#include "model.h"
#include "wire.h"
#include "word.h"

/* Zero-initialized before first use; all memory is kept for the next frame. */
struct postprocess {
  struct axis rows, columns;
  float *scores; /* [grid height, grid width, classes]; unused when the output is that already */
  uint8_t *grid; /* [grid height, grid width], classes of the grid */
  float *floats; /* [3 * classes] */
  int *found;    /* [classes] */
  uint8_t *mask; /* [mask height, mask width] */
  size_t mask_capacity;
  int mask_width, mask_height; /* of the last mask */
};

/* Makes room for what depends on the model alone. */
bool postprocess_prepare(struct postprocess *postprocess, const struct open_message *open,
                         struct problem *problem);

/* Leaves the mask in `mask`. */
bool postprocess_mask(struct postprocess *postprocess, const struct open_message *open,
                      const struct frame_head *head, const struct output *output,
                      struct problem *problem);

/* Makes room for a mask of so many pixels, in `mask`. */
bool postprocess_make_mask(struct postprocess *postprocess, int width, int height,
                           struct problem *problem);

/* The output as the temporal engine takes it, without a mask. */
void postprocess_read(struct postprocess *postprocess, const struct open_message *open,
                      const struct frame_head *head, const struct output *output,
                      struct word *word);

void postprocess_free(struct postprocess *postprocess);

#endif
