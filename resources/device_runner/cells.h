/* Arg-max of bilinearly interpolated logits at each pixel of a mask, cell by cell. */
#ifndef RUNNER_CELLS_H
#define RUNNER_CELLS_H

#include <stdint.h>

#include "geometry.h"

/* Scores on a grid. */
struct score_grid {
  const float *scores; /* [height, width, classes] */
  int height, width, classes;
  const uint8_t *names; /* [classes], what each is called in the mask; NULL: its number */
};

/* Arg-max of each position in rows first..end-1 of the grid, to best, uint8 [height, width]. */
void best_classes(const struct score_grid *grid, int first, int end, uint8_t *best);

/* Fills mask, uint8 [rows->pixels, columns->pixels]; best is scratch as above, scratch float and
   found int of [3 * classes] and [classes]. */
void fill_mask(const struct score_grid *grid, const struct axis *rows, const struct axis *columns,
               uint8_t *best, float *scratch, int *found, uint8_t *mask);

/* Labels, uint8 [grid height, grid width], go to the mask by nearest neighbour. */
void spread_labels(const uint8_t *grid, int grid_width, const struct axis *rows,
                   const struct axis *columns, uint8_t *mask);

#endif
