#include "taps.h"

#include <math.h>
#include <string.h>

struct placement placed(int positions) {
  return (struct placement){.scale = positions, .offset = -0.5};
}

struct placement placed_on_grid(int fitted, int input_pixels, int grid, bool align_corners) {
  if (!align_corners)
    return (struct placement){.scale = fitted * ((double)grid / input_pixels), .offset = -0.5};
  double step = (double)(grid - 1) / (input_pixels > 1 ? input_pixels - 1 : 1);
  return (struct placement){.scale = fitted * step, .offset = -0.5 * step};
}

static double clipped(double value, double highest) {
  return value < 0.0 ? 0.0 : value > highest ? highest : value;
}

/* In double and in this order of operations, as the computer does it. */
static void fill(struct axis *axis, struct placement placement) {
  int last = axis->grid - 1;
  axis->cells = 0;
  for (int i = 0; i < axis->pixels; i++) {
    double across = (i + 0.5) / axis->pixels;
    double position = placement.scale * across + placement.offset;
    axis->nearest[i] = (int32_t)clipped(floor(position + 0.5), last);
    position = clipped(position, last);
    double low = floor(position);
    axis->low[i] = (int32_t)low;
    axis->weight[i] = (float)(position - low);
    if (i == 0 || axis->low[i] != axis->low[i - 1])
      axis->starts[axis->cells++] = i;
  }
  axis->starts[axis->cells] = axis->pixels;
}

bool taps_prepare(struct taps *taps, int count, struct placement placement, int grid,
                  struct problem *problem) {
  struct axis *axis = &taps->axis;
  if (axis->low && axis->pixels == count && axis->grid == grid &&
      taps->placement.scale == placement.scale && taps->placement.offset == placement.offset)
    return true;
  if (!axis_make_room(axis, count, problem))
    return false;
  axis->grid = grid;
  taps->placement = placement;
  fill(axis, placement);
  return true;
}

void taps_free(struct taps *taps) {
  axis_free(&taps->axis);
  memset(taps, 0, sizeof *taps);
}
