/* In float, in this order of operations: as the computer does it, to the last bit. */
#include "sample.h"

#include <math.h>

bool count_winners(const struct word *word, int64_t *wins) {
  size_t positions = (size_t)word->height * (size_t)word->width;
  const float *scores = word->scores;
  bool is_finite = true;
  for (size_t i = 0; i < positions; i++, scores += word->classes) {
    float highest = -INFINITY;
    int winner = -1;
    for (int k = 0; k < word->classes; k++) {
      float value = scores[k];
      bool is_higher = value > highest && value < INFINITY;
      is_finite &= value - value == 0.0f;
      highest = is_higher ? value : highest;
      winner = is_higher ? k : winner;
    }
    if (winner >= 0)
      wins[winner]++;
  }
  return is_finite;
}

void sample_row(const struct word *word, const float *scores, struct past *net, int y,
                const struct axis *rows, const struct axis *columns, float *column) {
  size_t classes = (size_t)word->classes, stride = (size_t)word->width * classes;
  size_t positions = (size_t)net->height * (size_t)net->width;
  int y0 = rows->low[y], y1 = y0 < word->height - 1 ? y0 + 1 : word->height - 1;
  int last = word->width - 1;
  float below = rows->weight[y], above = 1.0f - below;
  for (int k = 0; k < net->count; k++) {
    const float *upper = scores + (size_t)y0 * stride + net->classes[k];
    const float *lower = scores + (size_t)y1 * stride + net->classes[k];
    for (size_t i = 0; i < (size_t)word->width; i++) {
      float above_value = (upper[i * classes] - word->zero_point) * word->scale;
      float below_value = (lower[i * classes] - word->zero_point) * word->scale;
      column[i] = above_value * above + below_value * below;
    }
    float *out = net->scores + (size_t)k * positions + (size_t)y * (size_t)net->width;
    for (int x = 0; x < net->width; x++) {
      int i0 = columns->low[x], i1 = i0 < last ? i0 + 1 : last;
      float right = columns->weight[x];
      out[x] = column[i0] * (1.0f - right) + column[i1] * right;
    }
  }
}
