#include "plane.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WHOLE_ROWS = 6, MOST_ROWS = 128 };

static int side(int frame_side, double shrink) {
  return (int)fmin(frame_side, fmax(1.0, floor(frame_side * shrink + 0.5)));
}

void plane_size(int frame_height, int frame_width, int pixels, int *height, int *width) {
  double shrink = sqrt((double)pixels / ((double)frame_height * frame_width));
  *height = side(frame_height, shrink);
  *width = side(frame_width, shrink);
}

/* Every how many rows a box is looked at: all of a low one, at most 128 of any. */
static int row_step(int rows) {
  if (rows < WHOLE_ROWS)
    return 1;
  int step = (rows + MOST_ROWS - 1) / MOST_ROWS;
  return step < 2 ? 2 : step;
}

static void start_row(const uint8_t *restrict row, uint16_t *restrict sums, size_t values) {
  for (size_t i = 0; i < values; i++)
    sums[i] = row[i];
}

static void add_row(const uint8_t *restrict row, uint16_t *restrict sums, size_t values) {
  for (size_t i = 0; i < values; i++)
    sums[i] = (uint16_t)(sums[i] + row[i]);
}

/* Rows first: that is a loop over memory in order, in as many lanes as there are. */
static int sum_rows(const uint8_t *picture, size_t values, int top, int bottom, uint16_t *sums) {
  int step = row_step(bottom - top), counted = 1;
  start_row(picture + (size_t)top * values, sums, values);
  for (int row = top + step; row < bottom; row += step, counted++)
    add_row(picture + (size_t)row * values, sums, values);
  return counted;
}

static uint8_t luma_mean(const uint16_t *sums, size_t pixels, uint64_t counted) {
  uint32_t total = 0;
  for (size_t i = 0; i < pixels; i++)
    total += sums[i];
  uint64_t divisor = counted * pixels;
  return (uint8_t)((total + divisor / 2) / divisor);
}

static uint8_t bgr_mean(const uint16_t *sums, size_t pixels, uint64_t counted) {
  uint32_t blue = 0, green = 0, red = 0;
  for (size_t i = 0; i < pixels; i++, sums += 3) {
    blue += sums[0];
    green += sums[1];
    red += sums[2];
  }
  uint64_t divisor = counted * pixels;
  uint64_t total = UINT64_C(29) * blue + UINT64_C(150) * green + UINT64_C(77) * red;
  return (uint8_t)((total + 128 * divisor) / (256 * divisor));
}

bool plane_write(struct plane *plane, const uint8_t *picture, int frame_height, int frame_width,
                 int channels, int height, int width, uint8_t *out, struct problem *problem) {
  size_t values = (size_t)frame_width * (size_t)channels;
  if (plane->sums_room < values) {
    uint16_t *sums = realloc(plane->sums, values * sizeof *sums);
    if (!sums)
      return refuse_memory(problem, values * sizeof *sums);
    plane->sums = sums;
    plane->sums_room = values;
  }
  for (int y = 0; y < height; y++) {
    int top = (int)((int64_t)y * frame_height / height);
    int bottom = (int)((int64_t)(y + 1) * frame_height / height);
    uint64_t counted = (uint64_t)sum_rows(picture, values, top, bottom, plane->sums);
    size_t start = 0;
    for (int x = 0; x < width; x++) {
      size_t end = (size_t)((int64_t)(x + 1) * frame_width / width);
      const uint16_t *sums = plane->sums + start * (size_t)channels;
      *out++ = channels == 1 ? luma_mean(sums, end - start, counted)
                             : bgr_mean(sums, end - start, counted);
      start = end;
    }
  }
  return true;
}

bool plane_is_still(const uint8_t *a, const uint8_t *b, size_t pixels, double level) {
  const float most = (float)level;
  uint32_t beyond = 0;
  int largest = 0;
  for (size_t i = 0; i < pixels; i++) {
    int difference = abs(a[i] - b[i]);
    beyond += (float)difference > most;
    largest = difference > largest ? difference : largest;
  }
  return (uint64_t)beyond * 2048 <= pixels && (float)largest <= 4.0f * most;
}

double plane_change(const uint8_t *a, const uint8_t *b, size_t pixels) {
  uint32_t total = 0;
  for (size_t i = 0; i < pixels; i++)
    total += (uint32_t)abs(a[i] - b[i]);
  return (double)total / (double)pixels;
}

void plane_free(struct plane *plane) {
  free(plane->sums);
  memset(plane, 0, sizeof *plane);
}
