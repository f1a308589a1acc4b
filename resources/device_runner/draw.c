#include "draw.h"

#include <stdlib.h>
#include <string.h>

#include "cells.h"

static bool make_room(struct draw *draw, size_t scores, size_t positions,
                      struct problem *problem) {
  if (draw->scores_capacity < scores) {
    free(draw->scores);
    draw->scores = malloc(scores * sizeof *draw->scores);
    draw->scores_capacity = draw->scores ? scores : 0;
  }
  if (draw->best_capacity < positions) {
    free(draw->best);
    draw->best = malloc(positions);
    draw->best_capacity = draw->best ? positions : 0;
  }
  return (draw->scores_capacity >= scores && draw->best_capacity >= positions) ||
         refuse_memory(problem, scores * sizeof *draw->scores + positions);
}

static void fill(struct draw *draw, const struct score_grid *grid, uint8_t *mask) {
  float floats[3 * MOST_CLASSES];
  int found[MOST_CLASSES];
  fill_mask(grid, &draw->rows.axis, &draw->columns.axis, draw->best, floats, found, mask);
}

static bool prepare(struct draw *draw, int height, int width, struct placement rows,
                    struct placement columns, int grid_height, int grid_width,
                    struct problem *problem) {
  return taps_prepare(&draw->rows, height, rows, grid_height, problem) &&
         taps_prepare(&draw->columns, width, columns, grid_width, problem);
}

bool draw_word(struct draw *draw, const struct word *word, int height, int width, uint8_t *mask,
               struct problem *problem) {
  if (!prepare(draw, height, width, word->rows, word->columns, word->height, word->width,
               problem) ||
      !make_room(draw, 0, (size_t)word->height * (size_t)word->width, problem))
    return false;
  if (word->labels) {
    spread_labels(word->labels, word->width, &draw->rows.axis, &draw->columns.axis, mask);
    return true;
  }
  struct score_grid grid = {word->scores, word->height, word->width, word->classes, NULL};
  fill(draw, &grid, mask);
  return true;
}

/* The canvas position by position, as cells want it: float [height, width, count]. */
static void arrange(const struct past *past, float *out) {
  size_t positions = (size_t)past->height * (size_t)past->width, count = (size_t)past->count;
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < positions; i++)
      out[i * count + k] = past->has_labels
                               ? (past->labels[i] == past->classes[k] ? 1.0f : 0.0f)
                               : past->scores[k * positions + i];
}

bool draw_past(struct draw *draw, const struct past *past, int height, int width, uint8_t *mask,
               struct problem *problem) {
  size_t positions = (size_t)past->height * (size_t)past->width;
  if (!prepare(draw, height, width, placed(past->height), placed(past->width), past->height,
               past->width, problem) ||
      !make_room(draw, positions * (size_t)past->count, positions, problem))
    return false;
  arrange(past, draw->scores);
  struct score_grid grid = {draw->scores, past->height, past->width, past->count, past->classes};
  fill(draw, &grid, mask);
  return true;
}

void draw_free(struct draw *draw) {
  taps_free(&draw->rows);
  taps_free(&draw->columns);
  free(draw->scores);
  free(draw->best);
  memset(draw, 0, sizeof *draw);
}
