/* The same integers as studio/temporal/flow_kernels.py; double only solves two equations. */
#include "patches.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { UNIT = 16, NOISE = PATCH_PIXELS * 64, NEAR = 2 };
enum { LONGEST_DESCENT = PATCH * UNIT / 2, FARTHEST = PATCH * UNIT };

static const double damping = 64.0 * 1024.0; /* so that patches without texture stay */

/* One patch on its way. */
struct patch {
  int64_t left, top, start;
  int64_t first_x, first_y; /* where the level began with it */
  int16_t values[PATCH_PIXELS], samples[PATCH_PIXELS];
  int64_t x, y, error;
};

int patch_count(int length) {
  return length <= PATCH ? 1 : 1 + (length - PATCH + PATCH_STRIDE - 1) / PATCH_STRIDE;
}

int patch_origin(int index, int length) {
  int last = length > PATCH ? length - PATCH : 0;
  return index * PATCH_STRIDE < last ? index * PATCH_STRIDE : last;
}

/* A displacement that leaves the patch at least beside the plane. */
static int64_t clamped(int64_t value, int64_t origin, int64_t length) {
  int64_t least = -(origin + PATCH) * UNIT, most = (length - origin) * UNIT;
  return value < least ? least : value > most ? most : value;
}

void sample_patch(const uint8_t *plane, int64_t start, int stride, int64_t x, int64_t y,
                  int16_t *restrict samples) {
  const uint8_t *row = plane + start + (y >> 4) * stride + (x >> 4);
  uint16_t right = (uint16_t)(x & 15), down = (uint16_t)(y & 15);
  uint16_t first = (uint16_t)((16 - down) * (16 - right)), second = (uint16_t)((16 - down) * right);
  uint16_t third = (uint16_t)(down * (16 - right)), fourth = (uint16_t)(down * right);
  /* Rows are brought together first, so that compilers see one long loop and use all lanes. */
  uint8_t near[PATCH_PIXELS + PATCH], far[PATCH_PIXELS + PATCH];
  for (int i = 0; i <= PATCH; i++, row += stride) {
    memcpy(near + i * PATCH, row, PATCH);
    memcpy(far + i * PATCH, row + 1, PATCH);
  }
  for (int i = 0; i < PATCH_PIXELS; i++) {
    uint16_t upper = (uint16_t)((uint16_t)(near[i] * first) + (uint16_t)(far[i] * second));
    uint16_t lower =
        (uint16_t)((uint16_t)(near[i + PATCH] * third) + (uint16_t)(far[i + PATCH] * fourth));
    samples[i] = (int16_t)((uint16_t)(upper + lower) >> 4);
  }
}

void copy_patch(const int16_t *plane, int64_t start, int stride, int16_t *restrict out) {
  for (int row = 0; row < PATCH; row++)
    memcpy(out + row * PATCH, plane + start + (int64_t)row * stride, PATCH * sizeof *out);
}

/* Sum of squared differences from their mean. */
static int64_t error_of(const int16_t *values, const int16_t *samples) {
  int32_t total = 0, squares = 0;
  for (int i = 0; i < PATCH_PIXELS; i++) {
    int32_t difference = samples[i] - values[i];
    total += difference;
    squares += difference * difference;
  }
  return squares - (((int64_t)total * total) >> 6);
}

/* Half away from zero, within 64 pixels, which no sensible step exceeds. */
static int64_t rounded(double value) {
  value = value > -1024.0 ? value : -1024.0;
  value = value < 1024.0 ? value : 1024.0;
  return value >= 0.0 ? (int64_t)(value + 0.5) : -(int64_t)(0.5 - value);
}

static bool is_within(int64_t a, int64_t b, int64_t distance) {
  return a - b <= distance && b - a <= distance;
}

/* Gauss-Newton steps with the Hessian of the present frame (inverse search). The mean of the
   difference is taken out of all sums. */
static void take_steps(const struct patch_level *level, struct patch *patch, uint32_t iterations) {
  int16_t along_x[PATCH_PIXELS], along_y[PATCH_PIXELS];
  int32_t gx = 0, gy = 0, gxx = 0, gxy = 0, gyy = 0;
  copy_patch(level->along_x, patch->start, level->stride, along_x);
  copy_patch(level->along_y, patch->start, level->stride, along_y);
  for (int i = 0; i < PATCH_PIXELS; i++) {
    gx += along_x[i];
    gy += along_y[i];
    gxx += along_x[i] * along_x[i];
    gxy += along_x[i] * along_y[i];
    gyy += along_y[i] * along_y[i];
  }
  int64_t sum_x = gx, sum_y = gy;
  double xx = (double)(PATCH_PIXELS * (int64_t)gxx - sum_x * sum_x) + damping;
  double xy = (double)(PATCH_PIXELS * (int64_t)gxy - sum_x * sum_y);
  double yy = (double)(PATCH_PIXELS * (int64_t)gyy - sum_y * sum_y) + damping;
  double determinant = xx * yy - xy * xy;
  for (uint32_t step = 0; step < iterations; step++) {
    int32_t total = 0, by_x = 0, by_y = 0;
    for (int i = 0; i < PATCH_PIXELS; i++) {
      int32_t difference = patch->samples[i] - patch->values[i];
      total += difference;
      by_x += difference * along_x[i];
      by_y += difference * along_y[i];
    }
    double right = (double)(PATCH_PIXELS * (int64_t)by_x - sum_x * total);
    double down = (double)(PATCH_PIXELS * (int64_t)by_y - sum_y * total);
    int64_t step_x = rounded(2.0 * ((yy * right - xy * down) / determinant));
    int64_t step_y = rounded(2.0 * ((xx * down - xy * right) / determinant));
    int64_t x = clamped(patch->x - step_x, patch->left, level->width);
    int64_t y = clamped(patch->y - step_y, patch->top, level->height);
    if (x == patch->x && y == patch->y)
      return;
    sample_patch(level->previous, patch->start, level->stride, x, y, patch->samples);
    int64_t error = error_of(patch->values, patch->samples);
    if (error >= patch->error)
      return;
    patch->x = x;
    patch->y = y;
    patch->error = error;
    if (error <= NOISE)
      return;
  }
}

/* The steps, unless they lead astray. */
static void descend(const struct patch_level *level, struct patch *patch, uint32_t iterations) {
  int64_t x = patch->x, y = patch->y, error = patch->error;
  take_steps(level, patch, iterations);
  if (is_within(patch->x, x, LONGEST_DESCENT) && is_within(patch->y, y, LONGEST_DESCENT))
    return;
  patch->x = x;
  patch->y = y;
  patch->error = error;
}

/* Takes another displacement if it explains the patch better. */
static bool try_at(const struct patch_level *level, struct patch *patch, int64_t x, int64_t y,
                   bool is_guess) {
  int16_t tried[PATCH_PIXELS];
  x = clamped(x, patch->left, level->width);
  y = clamped(y, patch->top, level->height);
  if (is_within(x, patch->x, NEAR - 1) && is_within(y, patch->y, NEAR - 1))
    return false;
  if (!is_guess &&
      !(is_within(x, patch->first_x, FARTHEST) && is_within(y, patch->first_y, FARTHEST)))
    return false;
  sample_patch(level->previous, patch->start, level->stride, x, y, tried);
  int64_t error = error_of(patch->values, tried);
  if (error >= patch->error)
    return false;
  patch->x = x;
  patch->y = y;
  patch->error = error;
  memcpy(patch->samples, tried, sizeof tried);
  return true;
}

static bool try_guess(const struct patch_level *level, struct patch *patch) {
  int64_t y = (patch->top + PATCH / 2) << level->halvings;
  int64_t x = (patch->left + PATCH / 2) << level->halvings;
  y = y < level->guess_height ? y : level->guess_height - 1;
  x = x < level->guess_width ? x : level->guess_width - 1;
  const int16_t *guess = level->guess + 2 * (y * level->guess_width + x);
  return try_at(level, patch, guess[0] >> level->halvings, guess[1] >> level->halvings, true);
}

static void search_patch(const struct patch_level *level, int row, int column, bool is_back,
                         uint32_t iterations, int32_t *found, int64_t *errors) {
  size_t place = (size_t)row * (size_t)level->columns + (size_t)column;
  int toward = is_back ? 1 : -1;
  struct patch patch = {.left = patch_origin(column, level->width),
                        .top = patch_origin(row, level->height)};
  if (is_back && errors[place] <= NOISE)
    return;
  patch.start = (patch.top + FLOW_MARGIN) * level->stride + patch.left + FLOW_MARGIN;
  patch.x = clamped(found[2 * place], patch.left, level->width);
  patch.y = clamped(found[2 * place + 1], patch.top, level->height);
  patch.first_x = patch.x;
  patch.first_y = patch.y;
  copy_patch(level->values, patch.start, level->stride, patch.values);
  if (is_back) {
    patch.error = errors[place];
  } else {
    sample_patch(level->previous, patch.start, level->stride, patch.x, patch.y, patch.samples);
    patch.error = error_of(patch.values, patch.samples);
  }
  bool is_new = !is_back;
  if (patch.error > NOISE && column + toward >= 0 && column + toward < level->columns) {
    const int32_t *beside = found + 2 * (int64_t)place + 2 * toward;
    is_new |= try_at(level, &patch, beside[0], beside[1], false);
  }
  if (patch.error > NOISE && row + toward >= 0 && row + toward < level->rows) {
    const int32_t *beside = found + 2 * ((int64_t)place + (int64_t)toward * level->columns);
    is_new |= try_at(level, &patch, beside[0], beside[1], false);
  }
  if (patch.error > NOISE && !is_back)
    is_new |= try_at(level, &patch, 0, 0, false);
  if (patch.error > NOISE && level->guess && !is_back)
    is_new |= try_guess(level, &patch);
  if (is_new && patch.error > NOISE)
    descend(level, &patch, iterations);
  found[2 * place] = (int32_t)patch.x;
  found[2 * place + 1] = (int32_t)patch.y;
  errors[place] = patch.error;
}

void search_patches(const struct patch_level *level, uint32_t iterations, int32_t *found,
                    int64_t *errors) {
  for (int row = 0; row < level->rows; row++)
    for (int column = 0; column < level->columns; column++)
      search_patch(level, row, column, false, iterations, found, errors);
  for (int row = level->rows - 1; row >= 0; row--)
    for (int column = level->columns - 1; column >= 0; column--)
      search_patch(level, row, column, true, iterations, found, errors);
}
