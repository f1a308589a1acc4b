/* Where each frame pixel lies on the logits grid, as studio/inference/geometry.py has it. */
#ifndef RUNNER_GEOMETRY_H
#define RUNNER_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "problem.h"

/* Bilinear taps of one axis. Zero-initialized before first use. */
struct axis {
  int pixels, fitted, input_pixels, grid;
  bool align_corners;
  int32_t *low;     /* [pixels], the grid position before each pixel */
  float *weight;    /* [pixels], weight of the next position */
  int32_t *nearest; /* [pixels], the grid position nearest to each pixel */
  int32_t *starts;  /* [cells + 1], first pixel of each stretch with the same low, then pixels */
  int cells;
};

/* Computes the taps; does nothing when they are there already. */
bool axis_prepare(struct axis *axis, int pixels, int fitted, int input_pixels, int grid,
                  bool align_corners, struct problem *problem);

/* Forgets what is there and makes room for so many pixels. */
bool axis_make_room(struct axis *axis, int pixels, struct problem *problem);

void axis_free(struct axis *axis);

#endif
