/* Where positions that divide a frame evenly lie on a grid: `taps` of studio/temporal/canvas.py. */
#ifndef RUNNER_TAPS_H
#define RUNNER_TAPS_H

#include "geometry.h"

/* The grid position of a point is `scale * x + offset`, x from 0 to 1 across the frame. */
struct placement {
  double scale, offset;
};

/* Zero-initialized before first use. */
struct taps {
  struct axis axis;
  struct placement placement;
};

/* Where the whole frame lies on a grid of so many half-pixel positions. */
struct placement placed(int positions);

/* Where a frame that fills the first `fitted` pixels of the network's input lies on its grid. */
struct placement placed_on_grid(int fitted, int input_pixels, int grid, bool align_corners);

/* Computes the taps of `count` positions; does nothing when they are there already. */
bool taps_prepare(struct taps *taps, int count, struct placement placement, int grid,
                  struct problem *problem);

void taps_free(struct taps *taps);

#endif
