/* Brings the network's logits to the canvas: loops of studio/temporal/fusion_kernels.py. */
#ifndef RUNNER_SAMPLE_H
#define RUNNER_SAMPLE_H

#include "past.h"
#include "word.h"

/* Counts the positions of the grid at which each class has the highest score, int64
   [MOST_CLASSES], added to; what is not finite never wins. Returns whether all is finite. */
bool count_winners(const struct word *word, int64_t *wins);

/* Fills a row of `net`, of its classes; `scores` are the word's, finite. `column` is scratch,
   float [grid width]. */
void sample_row(const struct word *word, const float *scores, struct past *net, int y,
                const struct axis *rows, const struct axis *columns, float *column);

#endif
