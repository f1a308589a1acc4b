/* The mask at the frame's size, drawn as the studio draws it: studio/temporal/drawing.py. */
#ifndef RUNNER_DRAW_H
#define RUNNER_DRAW_H

#include "past.h"
#include "word.h"

/* Zero-initialized before first use; all memory is kept for the next frame. */
struct draw {
  struct taps rows, columns; /* from the frame to the grid or the canvas */
  float *scores;             /* [canvas height, canvas width, classes] */
  uint8_t *best;             /* [grid or canvas height, width] */
  size_t scores_capacity, best_capacity;
};

/* Straight from the network's grid, as for a frame by itself. */
bool draw_word(struct draw *draw, const struct word *word, int height, int width, uint8_t *mask,
               struct problem *problem);

/* What is carried on the canvas. */
bool draw_past(struct draw *draw, const struct past *past, int height, int width, uint8_t *mask,
               struct problem *problem);

void draw_free(struct draw *draw);

#endif
