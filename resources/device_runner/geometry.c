#include "geometry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double clipped(double value, double highest) {
  return value < 0.0 ? 0.0 : value > highest ? highest : value;
}

/* In double and in this order of operations, as the computer does it: a weight that differs in its
   last bit would move a border by a pixel. */
static void fill(struct axis *axis) {
  int grid = axis->grid;
  double to_input = (double)axis->fitted / axis->pixels;
  int input_steps = axis->input_pixels > 1 ? axis->input_pixels - 1 : 1;
  double corner_scale = (double)(grid - 1) / input_steps;
  double half_pixel_scale = (double)grid / axis->input_pixels;
  axis->cells = 0;
  for (int i = 0; i < axis->pixels; i++) {
    double at_input = (i + 0.5) * to_input - 0.5;
    double position = axis->align_corners ? at_input * corner_scale
                                          : (at_input + 0.5) * half_pixel_scale - 0.5;
    axis->nearest[i] = (int32_t)clipped(floor(position + 0.5), grid - 1);
    position = clipped(position, grid - 1);
    double low = floor(position);
    axis->low[i] = (int32_t)low;
    axis->weight[i] = (float)(position - low);
    if (i == 0 || axis->low[i] != axis->low[i - 1])
      axis->starts[axis->cells++] = i;
  }
  axis->starts[axis->cells] = axis->pixels;
}

bool axis_prepare(struct axis *axis, int pixels, int fitted, int input_pixels, int grid,
                  bool align_corners, struct problem *problem) {
  if (axis->low && axis->pixels == pixels && axis->fitted == fitted &&
      axis->input_pixels == input_pixels && axis->grid == grid &&
      axis->align_corners == align_corners)
    return true;
  if (!axis_make_room(axis, pixels, problem))
    return false;
  axis->fitted = fitted;
  axis->input_pixels = input_pixels;
  axis->grid = grid;
  axis->align_corners = align_corners;
  fill(axis);
  return true;
}

bool axis_make_room(struct axis *axis, int pixels, struct problem *problem) {
  size_t count = (size_t)pixels;
  axis_free(axis);
  axis->low = malloc(count * sizeof *axis->low);
  axis->weight = malloc(count * sizeof *axis->weight);
  axis->nearest = malloc(count * sizeof *axis->nearest);
  axis->starts = malloc((count + 1) * sizeof *axis->starts);
  if (!axis->low || !axis->weight || !axis->nearest || !axis->starts) {
    axis_free(axis);
    return refuse_memory(problem, count * 16);
  }
  axis->pixels = pixels;
  return true;
}

void axis_free(struct axis *axis) {
  free(axis->low);
  free(axis->weight);
  free(axis->nearest);
  free(axis->starts);
  memset(axis, 0, sizeof *axis);
}
