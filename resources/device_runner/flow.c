#include "flow.h"

#include <stdlib.h>
#include <string.h>

#include "patches.h"

void flow_search_free(struct flow_search *search) {
  for (int i = 0; i < search->levels; i++) {
    free(search->level[i].current);
    free(search->level[i].previous);
  }
  free(search->fine);
  free(search->found);
  free(search->errors);
  free(search->totals);
  free(search->coarse);
  free(search->warped);
  memset(search, 0, sizeof *search);
}

static size_t padded_pixels(const struct flow_level *level) {
  return (size_t)(level->height + 2 * FLOW_MARGIN) * (size_t)level->stride;
}

static bool make_room(struct flow_search *search, int height, int width,
                      struct problem *problem) {
  size_t pixels = (size_t)height * (size_t)width;
  size_t patches = (size_t)patch_count(height) * (size_t)patch_count(width);
  size_t length = (size_t)(width > PATCH ? width : PATCH);
  bool has_room = true;
  if (search->fine && search->height == height && search->width == width)
    return true;
  flow_search_free(search);
  search->height = height;
  search->width = width;
  /* Halved while the shorter side has room for two patches. */
  for (int side = height < width ? height : width; ; side /= 2) {
    struct flow_level *level = &search->level[search->levels];
    level->height = height >> search->levels;
    level->width = width >> search->levels;
    level->stride = level->width + 2 * FLOW_MARGIN;
    level->current = malloc(padded_pixels(level));
    level->previous = malloc(padded_pixels(level));
    has_room = has_room && level->current && level->previous;
    search->levels++;
    if (side < 2 * PATCH || search->levels == FLOW_MOST_LEVELS)
      break;
  }
  search->fine = calloc(3 * padded_pixels(&search->level[0]), sizeof *search->fine);
  search->found = malloc(2 * patches * sizeof *search->found);
  search->errors = malloc(patches * sizeof *search->errors);
  search->totals = malloc(3 * (size_t)(height > PATCH ? height : PATCH) * length *
                          sizeof *search->totals);
  search->coarse = malloc(2 * pixels * sizeof *search->coarse);
  search->warped = malloc(pixels);
  if (has_room && search->fine && search->found && search->errors && search->totals &&
      search->coarse && search->warped)
    return true;
  flow_search_free(search);
  return refuse_memory(problem, 64 * pixels);
}

/* Copies a plane into the middle of a padded one and continues its borders outwards. */
static void pad(const struct flow_level *level, const uint8_t *plane, uint8_t *padded) {
  size_t stride = (size_t)level->stride, width = (size_t)level->width;
  for (int y = 0; y < level->height; y++) {
    uint8_t *row = padded + (size_t)(FLOW_MARGIN + y) * stride;
    memset(row, plane[(size_t)y * width], FLOW_MARGIN);
    memcpy(row + FLOW_MARGIN, plane + (size_t)y * width, width);
    memset(row + FLOW_MARGIN + width, plane[(size_t)y * width + width - 1], FLOW_MARGIN);
  }
  const uint8_t *first = padded + FLOW_MARGIN * stride;
  const uint8_t *last = padded + (size_t)(FLOW_MARGIN + level->height - 1) * stride;
  for (int y = 0; y < FLOW_MARGIN; y++) {
    memcpy(padded + (size_t)y * stride, first, stride);
    memcpy(padded + (size_t)(FLOW_MARGIN + level->height + y) * stride, last, stride);
  }
}

/* Means of 2 x 2 pixels, rounded half up; an odd last row or column is left out. */
static void halve(const uint8_t *plane, int width, int half_height, int half_width,
                  uint8_t *half) {
  for (int y = 0; y < half_height; y++, half += half_width) {
    const uint8_t *above = plane + (size_t)(2 * y) * (size_t)width, *below = above + width;
    for (int x = 0; x < half_width; x++)
      half[x] = (uint8_t)((above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1] + 2) >>
                          2);
  }
}

/* Fills the padded planes of all levels; `scratch` holds two planes. */
static void build(struct flow_search *search, const uint8_t *plane, bool is_current,
                  uint8_t *scratch) {
  for (int i = 0; i < search->levels; i++) {
    const struct flow_level *level = &search->level[i];
    uint8_t *other = scratch + (i % 2) * (size_t)search->height * (size_t)search->width;
    if (i > 0) {
      halve(plane, search->level[i - 1].width, level->height, level->width, other);
      plane = other;
    }
    pad(level, plane, is_current ? level->current : level->previous);
  }
}

/* What patches of the present frame are made of; the outermost rows are left out. */
static void differentiate(const struct flow_level *level, int16_t *values, int16_t *along_x,
                          int16_t *along_y) {
  int64_t stride = level->stride, rows = level->height + 2 * FLOW_MARGIN;
  for (int64_t i = stride + 1; i < (rows - 1) * stride - 1; i++) {
    const uint8_t *pixel = level->current + i;
    values[i] = (int16_t)(pixel[0] << 4);
    along_x[i] = (int16_t)(pixel[1] - pixel[-1]);
    along_y[i] = (int16_t)(pixel[stride] - pixel[-stride]);
  }
}

/* Starts of a level's patches: twice the flow of the coarser level at their middles. */
static void start_from(const int16_t *coarse, const struct flow_level *coarser,
                       const struct patch_level *patches, int32_t *found) {
  for (int row = 0; row < patches->rows; row++) {
    int y = (patch_origin(row, patches->height) + PATCH / 2) >> 1;
    y = y < coarser->height ? y : coarser->height - 1;
    for (int column = 0; column < patches->columns; column++, found += 2) {
      int x = (patch_origin(column, patches->width) + PATCH / 2) >> 1;
      x = x < coarser->width ? x : coarser->width - 1;
      const int16_t *from = coarse + 2 * ((size_t)y * (size_t)coarser->width + (size_t)x);
      found[0] = 2 * from[0];
      found[1] = 2 * from[1];
    }
  }
}

/* Adds a patch's displacement to the pixels under it, each weighted by how well it is explained:
   1024 over the difference in grey levels, of which one is the least. */
static void add_patch(const struct patch_level *patches, int top, int left, int32_t x, int32_t y,
                      int32_t *totals, size_t length, size_t plane_totals) {
  int16_t values[PATCH_PIXELS], samples[PATCH_PIXELS];
  int32_t weights[PATCH_PIXELS];
  int64_t start = (int64_t)(top + FLOW_MARGIN) * patches->stride + left + FLOW_MARGIN;
  copy_patch(patches->values, start, patches->stride, values);
  sample_patch(patches->previous, start, patches->stride, x, y, samples);
  for (int i = 0; i < PATCH_PIXELS; i++) {
    int32_t difference = abs(samples[i] - values[i]);
    weights[i] = (int32_t)(16384.0f / (float)(difference > 16 ? difference : 16));
  }
  const int32_t *weight = weights;
  totals += (size_t)top * length + (size_t)left;
  for (int j = 0; j < PATCH; j++, totals += length, weight += PATCH) {
    int32_t *along_x = totals + plane_totals, *along_y = along_x + plane_totals;
    for (int i = 0; i < PATCH; i++)
      totals[i] += weight[i];
    for (int i = 0; i < PATCH; i++)
      along_x[i] += weight[i] * x;
    for (int i = 0; i < PATCH; i++)
      along_y[i] += weight[i] * y;
  }
}

/* Weighted means, rounded half up; the bias keeps what is cut off above zero. */
static int16_t mean_of(int32_t total, int32_t weight) {
  float mean = (float)total / (float)weight;
  return (int16_t)((int32_t)(mean + 32768.5f) - 32768);
}

/* Flow of each pixel from the patches over it. */
static void densify(const struct patch_level *patches, const int32_t *found, int32_t *totals,
                    int16_t *flow) {
  size_t height = (size_t)(patches->height > PATCH ? patches->height : PATCH);
  size_t length = (size_t)(patches->width > PATCH ? patches->width : PATCH);
  size_t plane_totals = height * length;
  memset(totals, 0, 3 * plane_totals * sizeof *totals);
  for (int row = 0; row < patches->rows; row++)
    for (int column = 0; column < patches->columns; column++, found += 2)
      add_patch(patches, patch_origin(row, patches->height), patch_origin(column, patches->width),
                found[0], found[1], totals, length, plane_totals);
  for (int y = 0; y < patches->height; y++) {
    const int32_t *weights = totals + (size_t)y * length;
    for (int x = 0; x < patches->width; x++, flow += 2) {
      flow[0] = mean_of(weights[plane_totals + (size_t)x], weights[x]);
      flow[1] = mean_of(weights[2 * plane_totals + (size_t)x], weights[x]);
    }
  }
}

bool dense_flow(struct flow_search *search, const uint8_t *current, const uint8_t *previous,
                int height, int width, uint32_t iterations, const int16_t *guess, int16_t *flow,
                struct problem *problem) {
  if (!make_room(search, height, width, problem))
    return false;
  /* The totals are not in use yet. */
  build(search, current, true, (uint8_t *)search->totals);
  build(search, previous, false, (uint8_t *)search->totals);
  for (int i = search->levels - 1; i >= 0; i--) {
    const struct flow_level *level = &search->level[i];
    size_t padded = padded_pixels(level);
    int16_t *values = search->fine, *along_x = values + padded, *along_y = along_x + padded;
    struct patch_level patches = {
        .height = level->height,
        .width = level->width,
        .rows = patch_count(level->height),
        .columns = patch_count(level->width),
        .stride = level->stride,
        .halvings = i,
        .values = values,
        .along_x = along_x,
        .along_y = along_y,
        .previous = level->previous,
        .guess = guess,
        .guess_height = height,
        .guess_width = width,
    };
    differentiate(level, values, along_x, along_y);
    if (i == search->levels - 1)
      memset(search->found, 0,
             2 * (size_t)patches.rows * (size_t)patches.columns * sizeof *search->found);
    else
      start_from(search->coarse, level + 1, &patches, search->found);
    search_patches(&patches, iterations, search->found, search->errors);
    densify(&patches, search->found, search->totals, i ? search->coarse : flow);
  }
  return true;
}

/* Bilinear samples of a plane along the flow, positions clamped to it, rounded half up. */
static void warp(const uint8_t *previous, const int16_t *flow, int height, int width,
                 uint8_t *warped) {
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++, flow += 2) {
      int right = x * 16 + flow[0], down = y * 16 + flow[1];
      right = right < 0 ? 0 : right > (width - 1) * 16 ? (width - 1) * 16 : right;
      down = down < 0 ? 0 : down > (height - 1) * 16 ? (height - 1) * 16 : down;
      int left = right >> 4, top = down >> 4;
      int next_left = left + 1 < width ? left + 1 : left, next_top = top + 1 < height ? top + 1 : top;
      right &= 15;
      down &= 15;
      const uint8_t *upper = previous + (size_t)top * (size_t)width;
      const uint8_t *lower = previous + (size_t)next_top * (size_t)width;
      int above = upper[left] * (16 - right) + upper[next_left] * right;
      int below = lower[left] * (16 - right) + lower[next_left] * right;
      *warped++ = (uint8_t)((above * (16 - down) + below * down + 128) >> 8);
    }
}

void flow_residual(struct flow_search *search, const uint8_t *current, const uint8_t *previous,
                   const int16_t *flow, int height, int width, uint8_t *left) {
  const uint8_t *warped = search->warped;
  int32_t *sums = search->totals + 1; /* [width], and one on either side */
  warp(previous, flow, height, width, search->warped);
  for (int y = 0; y < height; y++) {
    size_t here = (size_t)y * (size_t)width;
    size_t above = y > 0 ? here - (size_t)width : here;
    size_t below = y < height - 1 ? here + (size_t)width : here;
    for (size_t x = 0; x < (size_t)width; x++)
      sums[x] = abs(current[above + x] - warped[above + x]) + abs(current[here + x] - warped[here + x]) +
                abs(current[below + x] - warped[below + x]);
    sums[-1] = sums[0];
    sums[width] = sums[width - 1];
    for (int x = 0; x < width; x++)
      left[here + (size_t)x] = (uint8_t)((sums[x - 1] + sums[x] + sums[x + 1] + 4) / 9);
  }
}
