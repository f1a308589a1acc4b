/* Reference: OpenCV 4.11, modules/imgproc/src/resize.cpp (resizeGeneric_, HResizeLinear,
   VResizeLinear, ResizeAreaFast), whose arithmetic on 8-bit pictures is followed step by step. */
#include "resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 3, WEIGHT_ONE = 2048 };

/* OpenCV computes the scale as the inverse of the inverse, and rounds positions to float. */
static float position(int index, int from, int to) {
  double scale = 1.0 / ((double)to / from);
  return (float)((index + 0.5) * scale - 0.5);
}

static int16_t fixed_point(float weight) { return (int16_t)lrintf(weight * WEIGHT_ONE); }

static bool is_half(const struct resize *resize) {
  return resize->width == 2 * resize->fitted_width && resize->height == 2 * resize->fitted_height;
}

static bool is_same(const struct resize *resize) {
  return resize->width == resize->fitted_width && resize->height == resize->fitted_height;
}

bool resize_prepare(struct resize *resize, int width, int height, int fitted_width,
                    int fitted_height, struct problem *problem) {
  if (resize->left && resize->width == width && resize->height == height &&
      resize->fitted_width == fitted_width && resize->fitted_height == fitted_height)
    return true;
  resize_free(resize);
  size_t columns = (size_t)fitted_width;
  resize->left = malloc(columns * sizeof *resize->left);
  resize->right = malloc(columns * sizeof *resize->right);
  resize->left_weight = malloc(columns * sizeof *resize->left_weight);
  resize->right_weight = malloc(columns * sizeof *resize->right_weight);
  for (int i = 0; i < 2; i++)
    resize->rows[i] = malloc(columns * CHANNELS * sizeof *resize->rows[i]);
  if (!resize->left || !resize->right || !resize->left_weight || !resize->right_weight ||
      !resize->rows[0] || !resize->rows[1]) {
    resize_free(resize);
    return refuse_memory(problem, columns * 36);
  }
  resize->width = width;
  resize->height = height;
  resize->fitted_width = fitted_width;
  resize->fitted_height = fitted_height;
  for (int x = 0; x < fitted_width; x++) {
    float at = position(x, width, fitted_width);
    int low = (int)floorf(at);
    float weight = at - (float)low;
    if (low < 0 || low >= width - 1) {
      low = low < 0 ? 0 : width - 1;
      weight = 0.0f;
    }
    resize->left[x] = low * CHANNELS;
    resize->right[x] = (low + 1 < width ? low + 1 : low) * CHANNELS;
    resize->left_weight[x] = fixed_point(1.0f - weight);
    resize->right_weight[x] = fixed_point(weight);
  }
  resize_start_picture(resize);
  return true;
}

void resize_start_picture(struct resize *resize) {
  resize->row_index[0] = resize->row_index[1] = -1;
}

/* A row of the picture at the small picture's width, times 2048. */
static void horizontal(const struct resize *resize, const uint8_t *row, int32_t *out) {
  for (int x = 0; x < resize->fitted_width; x++, out += CHANNELS) {
    const uint8_t *left = row + resize->left[x], *right = row + resize->right[x];
    int32_t left_weight = resize->left_weight[x], right_weight = resize->right_weight[x];
    for (int c = 0; c < CHANNELS; c++)
      out[c] = left[c] * left_weight + right[c] * right_weight;
  }
}

/* Brings two rows of the picture into rows[0] and rows[1], keeping what is there: going down, the
   lower row of one line is often the upper one of the next. */
static void load_rows(struct resize *resize, const uint8_t *picture, int above, int below) {
  if (resize->row_index[0] != above && resize->row_index[1] == above) {
    int32_t *kept = resize->rows[1];
    resize->rows[1] = resize->rows[0];
    resize->rows[0] = kept;
    resize->row_index[1] = resize->row_index[0];
    resize->row_index[0] = above;
  }
  const int wanted[2] = {above, below};
  for (int i = 0; i < 2; i++) {
    if (resize->row_index[i] == wanted[i])
      continue;
    resize->row_index[i] = wanted[i];
    if (i == 1 && below == above)
      memcpy(resize->rows[1], resize->rows[0],
             (size_t)resize->fitted_width * CHANNELS * sizeof *resize->rows[0]);
    else
      horizontal(resize, picture + (size_t)wanted[i] * (size_t)resize->width * CHANNELS,
                 resize->rows[i]);
  }
}

/* OpenCV takes the mean of 2 x 2 pixels at exactly half the size, whatever was asked for. */
static void half_row(const struct resize *resize, const uint8_t *picture, int y, uint8_t *out) {
  size_t stride = (size_t)resize->width * CHANNELS;
  const uint8_t *above = picture + (size_t)y * 2 * stride, *below = above + stride;
  for (int x = 0; x < resize->fitted_width; x++, above += 2 * CHANNELS, below += 2 * CHANNELS)
    for (int c = 0; c < CHANNELS; c++)
      *out++ = (uint8_t)((above[c] + above[c + CHANNELS] +
                          below[c] + below[c + CHANNELS] + 2) >> 2);
}

static int clipped(int row, int rows) { return row < 0 ? 0 : row >= rows ? rows - 1 : row; }

void resize_row(struct resize *resize, const uint8_t *picture, int y, uint8_t *out) {
  size_t values = (size_t)resize->fitted_width * CHANNELS;
  if (is_same(resize)) {
    memcpy(out, picture + (size_t)y * values, values);
    return;
  }
  if (is_half(resize)) {
    half_row(resize, picture, y, out);
    return;
  }
  float at = position(y, resize->height, resize->fitted_height);
  int low = (int)floorf(at);
  float weight = at - (float)low;
  load_rows(resize, picture, clipped(low, resize->height), clipped(low + 1, resize->height));
  const int32_t above_weight = fixed_point(1.0f - weight), below_weight = fixed_point(weight);
  const int32_t *above = resize->rows[0], *below = resize->rows[1];
  /* Truncated in the middle as OpenCV does, where the products have 16 bits each. */
  for (size_t i = 0; i < values; i++)
    out[i] = (uint8_t)((((above_weight * (above[i] >> 4)) >> 16) +
                        ((below_weight * (below[i] >> 4)) >> 16) + 2) >>
                       2);
}

void resize_free(struct resize *resize) {
  free(resize->left);
  free(resize->right);
  free(resize->left_weight);
  free(resize->right_weight);
  free(resize->rows[0]);
  free(resize->rows[1]);
  memset(resize, 0, sizeof *resize);
}
