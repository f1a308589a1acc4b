/* In float, in this order of operations: as the computer does it, to the last bit. */
#include "refine.h"

#include <stdlib.h>
#include <string.h>

enum { MAPS = 7 };

/* Means over windows of (2 radius + 1)^2 pixels. */
struct window {
  int height, width, radius;
  float part;                /* one part of the pixels of a window */
  float *columns, *total;    /* scratch, [width + 2 radius] and [width] */
};

/* First down, then across, borders continued. */
static void box(const struct window *window, const float *source, float *means) {
  int height = window->height, width = window->width, radius = window->radius;
  float *columns = window->columns, *total = window->total;
  for (int y = 0; y < height; y++, means += width) {
    memset(total, 0, (size_t)width * sizeof *total);
    for (int dy = -radius; dy <= radius; dy++) {
      int place = y + dy < 0 ? 0 : y + dy < height ? y + dy : height - 1;
      const float *row = source + (size_t)place * (size_t)width;
      for (int x = 0; x < width; x++)
        total[x] += row[x];
    }
    for (int x = 0; x < radius; x++) {
      columns[x] = total[0];
      columns[width + radius + x] = total[width - 1];
    }
    memcpy(columns + radius, total, (size_t)width * sizeof *total);
    memset(total, 0, (size_t)width * sizeof *total);
    for (int dx = 0; dx <= 2 * radius; dx++)
      for (int x = 0; x < width; x++)
        total[x] += columns[dx + x];
    for (int x = 0; x < width; x++)
      means[x] = total[x] * window->part;
  }
}

static bool make_room(struct refine *refine, size_t floats, struct problem *problem) {
  if (refine->capacity >= floats)
    return true;
  free(refine->maps);
  refine->capacity = 0;
  refine->maps = malloc(floats * sizeof *refine->maps);
  if (!refine->maps)
    return refuse_memory(problem, floats * sizeof *refine->maps);
  refine->capacity = floats;
  return true;
}

bool refine_scores(struct refine *refine, const struct temporal_spec *spec, const uint8_t *guide,
                   struct past *net, struct problem *problem) {
  int height = net->height, width = net->width, radius = (int)spec->refine_radius;
  size_t pixels = (size_t)height * (size_t)width;
  double side = 2 * radius + 1;
  float softness = (float)(spec->refine_contrast * spec->refine_contrast);
  float gain = (float)spec->refine_gain;
  if (net->count < 2)
    return true;
  if (!make_room(refine, MAPS * pixels + 2 * (size_t)(width + radius), problem))
    return false;
  float *picture = refine->maps, *mean = picture + pixels, *inverse = mean + pixels;
  float *lead = inverse + pixels, *product = lead + pixels, *lead_mean = product + pixels;
  float *slope = lead_mean + pixels, *columns = slope + pixels;
  struct window window = {height, width, radius, (float)(1.0 / (side * side)), columns,
                          columns + width + 2 * radius};
  for (size_t i = 0; i < pixels; i++) {
    picture[i] = guide[i];
    product[i] = picture[i] * picture[i];
  }
  box(&window, picture, mean);
  box(&window, product, inverse);
  for (size_t i = 0; i < pixels; i++) {
    float variance = inverse[i] - mean[i] * mean[i];
    inverse[i] = 1.0f / ((variance < 0.0f ? 0.0f : variance) + softness);
  }
  const float *base = net->scores;
  for (int k = 1; k < net->count; k++) {
    float *layer = net->scores + (size_t)k * pixels;
    for (size_t i = 0; i < pixels; i++) {
      lead[i] = layer[i] - base[i];
      product[i] = lead[i] * picture[i];
    }
    box(&window, lead, lead_mean);
    box(&window, product, slope);
    for (size_t i = 0; i < pixels; i++) {
      slope[i] = (slope[i] - mean[i] * lead_mean[i]) * inverse[i];
      product[i] = slope[i] * mean[i];
    }
    box(&window, slope, lead_mean);
    box(&window, product, slope);
    for (size_t i = 0; i < pixels; i++) {
      float bend = lead_mean[i] * picture[i] - slope[i];
      layer[i] = base[i] + (lead[i] + gain * bend);
    }
  }
  return true;
}

void refine_free(struct refine *refine) {
  free(refine->maps);
  memset(refine, 0, sizeof *refine);
}
