/* In float, in this order of operations: as the computer does it, to the last bit. */
#include "carry.h"

#include <stdlib.h>
#include <string.h>

enum { FLOW_UNITS = 16 };

static float clamped(float value, float highest) {
  value = value < 0.0f ? 0.0f : value;
  return value > highest ? highest : value;
}

/* Where each position of a row of the canvas was: the tap before, and weights of its neighbours. */
struct source_row {
  int32_t *at;
  float *right, *below;
};

/* The flow, and how it becomes positions of the canvas. */
struct way {
  const int16_t *flow;
  int height, width; /* of the plane */
  float ratio_y, ratio_x;
};

static void flow_row(const struct way *way, int y0, float below, float *across, float *down) {
  int y1 = y0 < way->height - 1 ? y0 + 1 : way->height - 1;
  const int16_t *upper = way->flow + (size_t)y0 * (size_t)way->width * 2;
  const int16_t *lower = way->flow + (size_t)y1 * (size_t)way->width * 2;
  float above = 1.0f - below;
  for (int i = 0; i < way->width; i++) {
    across[i] = (float)upper[2 * i] * above + (float)lower[2 * i] * below;
    down[i] = (float)upper[2 * i + 1] * above + (float)lower[2 * i + 1] * below;
  }
}

static void find_sources(const struct way *way, const struct carry *carry, int y, int height,
                         const float *across, const float *down, const struct source_row *row) {
  const struct axis *columns = &carry->columns.axis;
  int width = columns->pixels, last_plane = way->width - 1;
  float x_last = (float)(width - 1), y_last = (float)(height - 1);
  int32_t x_base = width > 1 ? width - 2 : 0, y_base = height > 1 ? height - 2 : 0;
  for (int x = 0; x < width; x++) {
    int i0 = columns->low[x], i1 = i0 < last_plane ? i0 + 1 : last_plane;
    float weight = columns->weight[x], other = 1.0f - weight;
    float dx = across[i0] * other + across[i1] * weight;
    float dy = down[i0] * other + down[i1] * weight;
    float sx = clamped((float)x + dx * way->ratio_x, x_last);
    float sy = clamped((float)y + dy * way->ratio_y, y_last);
    int32_t ix = (int32_t)sx, iy = (int32_t)sy;
    ix = ix < x_base ? ix : x_base;
    iy = iy < y_base ? iy : y_base;
    row->at[x] = iy * width + ix;
    row->right[x] = sx - (float)ix;
    row->below[x] = sy - (float)iy;
  }
}

static void carry_scores_row(const float *scores, int width, int step, int jump,
                             const struct source_row *row, float *out) {
  for (int x = 0; x < width; x++) {
    const float *here = scores + row->at[x];
    float right = row->right[x], below = row->below[x];
    float top = here[0] * (1.0f - right) + here[step] * right;
    float bottom = here[jump] * (1.0f - right) + here[jump + step] * right;
    out[x] = top * (1.0f - below) + bottom * below;
  }
}

/* By nearest neighbour; halves go down and to the right. */
static void carry_labels_row(const uint8_t *labels, int width, int step, int jump,
                             const struct source_row *row, uint8_t *out) {
  for (int x = 0; x < width; x++) {
    int32_t here = row->at[x];
    here += row->right[x] >= 0.5f ? step : 0;
    here += row->below[x] >= 0.5f ? jump : 0;
    out[x] = labels[here];
  }
}

static bool make_room(struct carry *carry, int plane_width, int width, struct problem *problem) {
  size_t wanted = (size_t)plane_width + (size_t)width;
  if (carry->capacity >= wanted)
    return true;
  free(carry->lines);
  free(carry->at);
  carry->capacity = 0;
  carry->lines = malloc(2 * wanted * sizeof *carry->lines);
  carry->at = malloc(wanted * sizeof *carry->at);
  if (!carry->lines || !carry->at)
    return refuse_memory(problem, 12 * wanted);
  carry->capacity = wanted;
  return true;
}

bool carry_past(struct carry *carry, const struct past *before, const int16_t *flow,
                int plane_height, int plane_width, struct past *now, struct problem *problem) {
  int height = before->height, width = before->width;
  size_t positions = (size_t)height * (size_t)width;
  struct way way = {flow, plane_height, plane_width,
                    (float)((double)height / ((double)plane_height * FLOW_UNITS)),
                    (float)((double)width / ((double)plane_width * FLOW_UNITS))};
  bool has_room = before->has_labels
                      ? past_make_labels(now, height, width, problem)
                      : past_make_scores(now, height, width, before->count, problem);
  if (!has_room || !make_room(carry, plane_width, width, problem) ||
      !taps_prepare(&carry->rows, height, placed(plane_height), plane_height, problem) ||
      !taps_prepare(&carry->columns, width, placed(plane_width), plane_width, problem))
    return false;
  now->count = before->count;
  memcpy(now->classes, before->classes, sizeof now->classes);
  float *across = carry->lines, *down = across + plane_width;
  struct source_row row = {carry->at, down + plane_width, down + plane_width + width};
  int step = width > 1 ? 1 : 0, jump = height > 1 ? width : 0;
  for (int y = 0; y < height; y++) {
    size_t start = (size_t)y * (size_t)width;
    flow_row(&way, carry->rows.axis.low[y], carry->rows.axis.weight[y], across, down);
    find_sources(&way, carry, y, height, across, down, &row);
    if (before->has_labels)
      carry_labels_row(before->labels, width, step, jump, &row, now->labels + start);
    else
      for (int k = 0; k < before->count; k++)
        carry_scores_row(before->scores + (size_t)k * positions, width, step, jump, &row,
                         now->scores + (size_t)k * positions + start);
  }
  return true;
}

void carry_confidence(const float *confidence, const int16_t *flow, const uint8_t *residual,
                      const float *kept, int height, int width, float *now) {
  float x_last = (float)(width - 1), y_last = (float)(height - 1);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      size_t place = (size_t)y * (size_t)width + (size_t)x;
      float sx = (float)x + (float)flow[2 * place] * 0.0625f;
      float sy = (float)y + (float)flow[2 * place + 1] * 0.0625f;
      bool is_inside = sx >= -0.5f && sy >= -0.5f && sx <= x_last + 0.5f && sy <= y_last + 0.5f;
      sx = clamped(sx, x_last);
      sy = clamped(sy, y_last);
      int ix = (int)sx, iy = (int)sy;
      int ix1 = ix < width - 1 ? ix + 1 : width - 1, iy1 = iy < height - 1 ? iy + 1 : height - 1;
      float right = sx - (float)ix, below = sy - (float)iy;
      const float *upper = confidence + (size_t)iy * (size_t)width;
      const float *lower = confidence + (size_t)iy1 * (size_t)width;
      float top = upper[ix] * (1.0f - right) + upper[ix1] * right;
      float bottom = lower[ix] * (1.0f - right) + lower[ix1] * right;
      float value = (top * (1.0f - below) + bottom * below) * kept[residual[place]];
      now[place] = is_inside ? value : 0.0f;
    }
}

void carry_free(struct carry *carry) {
  taps_free(&carry->rows);
  taps_free(&carry->columns);
  free(carry->lines);
  free(carry->at);
  memset(carry, 0, sizeof *carry);
}
