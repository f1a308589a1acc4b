/* In double and in this order of operations, as the computer does it: both must decide alike. */
#include "policy.h"

#include <math.h>

enum { PIXEL = 16, VOID_CLASS = 255, CLASSES = 256, LIMITS = 5 };

static const double smallest_object = 1.0 / 1024.0;

/* A limit of 0 is always exceeded. */
static bool is_over(double measure, double limit) { return limit <= 0.0 || measure > limit; }

enum trigger decide(const struct temporal_spec *spec, const struct standing *standing,
                    const struct measures *measures) {
  const double measured[LIMITS] = {measures->difference, measures->residual, measures->flow,
                                   measures->area, measures->forward_backward};
  const double limits[LIMITS] = {spec->difference_limit, spec->residual_limit, spec->flow_limit,
                                 spec->area_limit, spec->forward_backward_limit};
  if (spec->mode != TEMPORAL_KEY_FRAMES)
    return TRIGGER_EVERY;
  if (standing->moved >= spec->longest_gap ||
      standing->moved_seconds >= spec->longest_gap_seconds ||
      (standing->is_still && standing->gap >= spec->still_gap))
    return TRIGGER_INTERVAL;
  if (standing->gap < spec->shortest_gap)
    return TRIGGER_NONE;
  if (standing->moved >= spec->doubtful_gap &&
      is_over(measures->disagreement, spec->disagreement_limit))
    return TRIGGER_DISAGREEMENT;
  uint32_t used = 0, fired = 0;
  int first = -1;
  for (int i = 0; i < LIMITS; i++) {
    used += !isinf(limits[i]);
    if (is_over(measured[i], limits[i])) {
      fired++;
      first = first < 0 ? i : first;
    }
  }
  uint32_t needed = spec->triggers_needed < used ? spec->triggers_needed : used;
  return fired > 0 && fired >= needed ? TRIGGER_DIFFERENCE + first : TRIGGER_NONE;
}

double area_change(const int64_t *before, const int64_t *now) {
  int64_t all = 0;
  double largest = 0.0;
  for (int k = 0; k < CLASSES; k++)
    all += now[k];
  double least = all * smallest_object > 1.0 ? all * smallest_object : 1.0;
  for (int k = 1; k < VOID_CLASS; k++) {
    int64_t larger = now[k] > before[k] ? now[k] : before[k];
    int64_t gone = now[k] > before[k] ? now[k] - before[k] : before[k] - now[k];
    if ((double)larger >= least && (double)gone / (double)larger > largest)
      largest = (double)gone / (double)larger;
  }
  return largest;
}

double disagreement_of(const uint8_t *past, const uint8_t *word, size_t positions) {
  size_t shown = 0, different = 0;
  for (size_t i = 0; i < positions; i++) {
    shown += (past[i] | word[i]) != 0;
    different += past[i] != word[i];
  }
  double least = positions * smallest_object > 1.0 ? positions * smallest_object : 1.0;
  return (double)shown < least ? 0.0 : (double)different / (double)shown;
}

double flow_per_cent(const int16_t *flow, int height, int width) {
  size_t pixels = (size_t)height * (size_t)width;
  int64_t total = 0;
  for (size_t i = 0; i < pixels; i++) {
    float x = flow[2 * i], y = flow[2 * i + 1];
    total += (int64_t)(sqrtf(x * x + y * y) + 0.5f);
  }
  return (double)total / (double)(pixels * PIXEL) / width * 100.0;
}

/* To the nearest pixel, halves up, also below 0. */
static int64_t rounded(int64_t displacement) {
  displacement += PIXEL / 2;
  return displacement < 0 ? -((-displacement + PIXEL - 1) / PIXEL) : displacement / PIXEL;
}

static int64_t kept_within(int64_t place, int64_t last) {
  return place < 0 ? 0 : place > last ? last : place;
}

double flow_disagreement(const int16_t *there, const int16_t *back, int height, int width) {
  size_t pixels = (size_t)height * (size_t)width, missed = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++, there += 2) {
      int64_t column = kept_within(x + rounded(there[0]), width - 1);
      int64_t row = kept_within(y + rounded(there[1]), height - 1);
      const int16_t *answer = back + 2 * (row * width + column);
      int64_t across = there[0] + answer[0], down = there[1] + answer[1];
      missed += across * across + down * down > PIXEL * PIXEL;
    }
  return (double)missed / (double)pixels;
}
