#include "contrast.h"

#include <stdlib.h>

enum { ORDINARY = 20, PARTS = 16, MOST = 8, LEAST = 2 };

static const double least_level = 2.0;

double contrast_gain(const uint8_t *plane, size_t pixels) {
  uint64_t total = 0, deviation = 0;
  for (size_t i = 0; i < pixels; i++)
    total += plane[i];
  int mean = (int)(total / pixels);
  for (size_t i = 0; i < pixels; i++)
    deviation += (uint64_t)abs(plane[i] - mean);
  if (deviation < (uint64_t)LEAST * pixels)
    return 1.0;
  uint64_t parts = (uint64_t)ORDINARY * PARTS * pixels / deviation;
  parts = parts < PARTS ? PARTS : parts;
  parts = parts > MOST * PARTS ? MOST * PARTS : parts;
  return (double)parts / PARTS;
}

double level_at(double gain, double level) {
  double least = level < least_level ? level : least_level;
  double lowered = level / gain;
  return lowered > least ? lowered : least;
}
