/* What is known of the classes, on the canvas: `Past` of studio/temporal/state.py. */
#ifndef RUNNER_PAST_H
#define RUNNER_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

enum { MOST_CLASSES = 256 };

/* Zero-initialized before first use; all memory is kept for the next frame. */
struct past {
  int height, width;
  int count;                     /* of classes that the picture shows */
  uint8_t classes[MOST_CLASSES]; /* ascending */
  float *scores;                 /* [count, height, width], logits; unused with labels */
  uint8_t *labels;               /* [height, width] where labels are carried */
  bool has_labels;
  size_t scores_capacity, labels_capacity;
};

/* Room for the scores of `count` classes, or for labels. What was there is lost. */
bool past_make_scores(struct past *past, int height, int width, int count,
                      struct problem *problem);
bool past_make_labels(struct past *past, int height, int width, struct problem *problem);

/* Marks the labels that occur: uint8 [MOST_CLASSES], set to 1. */
void mark_labels(const uint8_t *labels, size_t count, uint8_t *marks);

/* Lists the marked classes, ascending; returns how many. */
int list_marked(const uint8_t *marks, uint8_t *classes);

/* What is shown at each position, the first of the highest: labels, uint8 [height, width]. */
void find_labels(const struct past *past, uint8_t *labels);

/* Positions of the canvas by class, to areas, int64 [MOST_CLASSES]. */
void count_areas(const struct past *past, int64_t *areas);

void past_free(struct past *past);

#endif
