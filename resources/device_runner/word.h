/* The network's word on a frame, as it came: `Word` of studio/temporal/state.py. */
#ifndef RUNNER_WORD_H
#define RUNNER_WORD_H

#include "taps.h"

/* Borrowed: valid until the network runs again. */
struct word {
  const float *scores;   /* [height, width, classes], in the network's own units; NULL: labels */
  const uint8_t *labels; /* [height, width]; those outside the classes are 255 */
  int height, width, classes;
  float scale;      /* logit per unit */
  float zero_point; /* value that stands for 0 */
  struct placement rows, columns;
};

#endif
