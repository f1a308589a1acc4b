/* The same algorithm and the same float arithmetic as studio/inference/kernels.py, so that masks
   are the computer's to the last pixel: every comparison is written the way round it is there,
   which decides what happens to NaN and to ties. */
#include "cells.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* One cell of the grid: its four corners, the pixels that lie in it. */
struct cell {
  const float *top_left, *top_right, *bottom_left, *bottom_right; /* [classes] each */
  int top, bottom, start, stop;
};

struct scratch {
  int *found;
  const uint8_t *names;
  float *peaks, *left, *right;
};

static float smaller(float a, float b) { return b < a ? b : a; }
static float larger(float a, float b) { return b > a ? b : a; }

void best_classes(const struct score_grid *grid, int first, int end, uint8_t *best) {
  size_t width = (size_t)grid->width, classes = (size_t)grid->classes;
  const float *scores = grid->scores + (size_t)first * width * classes;
  for (size_t i = (size_t)first * width; i < (size_t)end * width; i++, scores += classes) {
    int winner = 0;
    float highest = -INFINITY;
    /* Without a branch, which would be mispredicted at every border. */
    for (int k = 0; k < grid->classes; k++) {
      float value = scores[k];
      bool is_higher = value > highest;
      highest = is_higher ? value : highest;
      winner = is_higher ? k : winner;
    }
    best[i] = (uint8_t)winner;
  }
}

static int name_of(const uint8_t *names, int label) { return names ? names[label] : label; }

/* Collects the classes that can win somewhere in a cell: interpolation is a convex combination of
   the corners, so a class whose highest corner lies below another's lowest loses everywhere. */
static int candidates(const struct cell *cell, const uint8_t corners[4], int classes,
                      const struct scratch *scratch) {
  float bound = -INFINITY;
  for (int i = 0; i < 4; i++) {
    int k = corners[i];
    float lowest = smaller(smaller(cell->top_left[k], cell->top_right[k]),
                           smaller(cell->bottom_left[k], cell->bottom_right[k]));
    bound = lowest > bound ? lowest : bound;
  }
  for (int k = 0; k < classes; k++)
    scratch->peaks[k] = larger(larger(cell->top_left[k], cell->top_right[k]),
                               larger(cell->bottom_left[k], cell->bottom_right[k]));
  int count = 0;
  for (int k = 0; k < classes; k++)
    if (scratch->peaks[k] >= bound)
      scratch->found[count++] = k;
  return count;
}

/* First pixel of x..end-1 whose weight lies beyond the crossing; weights grow along the row. */
static int first_beyond(const float *weight, int x, int end, float crossing) {
  while (x < end) {
    int middle = (x + end) / 2;
    if (weight[middle] > crossing)
      end = middle;
    else
      x = middle + 1;
  }
  return end;
}

/* Along a row of pixels each class's logit is a straight line, so the winners are the upper
   envelope of a few lines: from each winner on, the next is the line that it crosses first. */
static void fill_row(const struct cell *cell, int count, const struct scratch *scratch,
                     const float *x_weight, uint8_t *mask_row) {
  const float *left = scratch->left, *right = scratch->right;
  float first = x_weight[cell->start], last = x_weight[cell->stop - 1];
  float highest = -INFINITY;
  int winner = 0;
  for (int i = 0; i < count; i++) {
    float value = left[i] * (1.0f - first) + right[i] * first;
    if (value > highest) {
      highest = value;
      winner = i;
    }
  }
  for (int x = cell->start; x < cell->stop;) {
    float slope = right[winner] - left[winner];
    float nearest = last;
    int overtaker = -1;
    for (int i = 0; i < count; i++) {
      float steeper = (right[i] - left[i]) - slope;
      if (steeper > 0.0f) {
        float crossing = (left[winner] - left[i]) / steeper;
        if (crossing < nearest) {
          nearest = crossing;
          overtaker = i;
        }
      }
    }
    int end = cell->stop;
    if (overtaker >= 0)
      end = first_beyond(x_weight, x, end, nearest);
    memset(mask_row + x, name_of(scratch->names, scratch->found[winner]), (size_t)(end - x));
    x = end;
    winner = overtaker;
  }
}

static void fill_mixed_cell(const struct cell *cell, int count, const struct scratch *scratch,
                            const struct axis *rows, const struct axis *columns, uint8_t *mask) {
  size_t stride = (size_t)columns->pixels;
  for (int y = cell->top; y < cell->bottom; y++) {
    uint8_t *mask_row = mask + (size_t)y * stride;
    if (count == 0) { /* every corner is NaN */
      memset(mask_row + cell->start, name_of(scratch->names, 0), (size_t)(cell->stop - cell->start));
      continue;
    }
    float below = rows->weight[y], above = 1.0f - below;
    for (int i = 0; i < count; i++) {
      int k = scratch->found[i];
      scratch->left[i] = cell->top_left[k] * above + cell->bottom_left[k] * below;
      scratch->right[i] = cell->top_right[k] * above + cell->bottom_right[k] * below;
    }
    fill_row(cell, count, scratch, columns->weight, mask_row);
  }
}

/* Neighbouring cells that are of one class all over are filled together. */
static void fill_stretch(uint8_t *mask, int stride, const struct cell *row, int start, int stop,
                         const uint8_t *names, int label) {
  if (label < 0)
    return;
  int name = name_of(names, label);
  for (int y = row->top; y < row->bottom; y++)
    memset(mask + (size_t)y * (size_t)stride + start, name, (size_t)(stop - start));
}

void fill_mask(const struct score_grid *grid, const struct axis *rows, const struct axis *columns,
               uint8_t *best, float *floats, int *found, uint8_t *mask) {
  struct scratch scratch = {found, grid->names, floats, floats + grid->classes, floats + 2 * grid->classes};
  int last_row = grid->height - 1, last_column = grid->width - 1;
  int lowest_row = rows->low[rows->pixels - 1];
  best_classes(grid, rows->low[0], (lowest_row < last_row ? lowest_row + 1 : last_row) + 1, best);
  size_t width = (size_t)grid->width, classes = (size_t)grid->classes;
  for (int row = 0; row < rows->cells; row++) {
    struct cell cell = {.top = rows->starts[row], .bottom = rows->starts[row + 1]};
    int y0 = rows->low[cell.top], y1 = y0 < last_row ? y0 + 1 : last_row;
    const uint8_t *best_above = best + (size_t)y0 * width, *best_below = best + (size_t)y1 * width;
    const float *above = grid->scores + (size_t)y0 * width * classes;
    const float *below = grid->scores + (size_t)y1 * width * classes;
    int stretch_start = 0, stretch_label = -1;
    for (int column = 0; column < columns->cells; column++) {
      cell.start = columns->starts[column];
      cell.stop = columns->starts[column + 1];
      int x0 = columns->low[cell.start], x1 = x0 < last_column ? x0 + 1 : last_column;
      uint8_t corners[4] = {best_above[x0], best_above[x1], best_below[x0], best_below[x1]};
      bool is_one = corners[0] == corners[1] && corners[0] == corners[2] &&
                    corners[0] == corners[3];
      if (is_one && corners[0] == stretch_label)
        continue;
      fill_stretch(mask, columns->pixels, &cell, stretch_start, cell.start, grid->names,
                   stretch_label);
      stretch_start = cell.start;
      stretch_label = is_one ? corners[0] : -1;
      if (is_one)
        continue;
      cell.top_left = above + (size_t)x0 * classes;
      cell.top_right = above + (size_t)x1 * classes;
      cell.bottom_left = below + (size_t)x0 * classes;
      cell.bottom_right = below + (size_t)x1 * classes;
      int count = candidates(&cell, corners, grid->classes, &scratch);
      fill_mixed_cell(&cell, count, &scratch, rows, columns, mask);
    }
    fill_stretch(mask, columns->pixels, &cell, stretch_start, columns->pixels, grid->names,
                 stretch_label);
  }
}

void spread_labels(const uint8_t *grid, int grid_width, const struct axis *rows,
                   const struct axis *columns, uint8_t *mask) {
  size_t width = (size_t)columns->pixels;
  for (int y = 0; y < rows->pixels; y++, mask += width) {
    const uint8_t *labels = grid + (size_t)rows->nearest[y] * (size_t)grid_width;
    if (y > 0 && rows->nearest[y] == rows->nearest[y - 1])
      memcpy(mask, mask - width, width);
    else
      for (size_t x = 0; x < width; x++)
        mask[x] = labels[columns->nearest[x]];
  }
}
