/* Dense optical flow by inverse search, in integers: studio/temporal/flow.py. Displacements are in
   1/16 pixel, from the present frame to where a pixel was in the one before. */
#ifndef RUNNER_FLOW_H
#define RUNNER_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

enum { FLOW_MOST_LEVELS = 16 };

/* A plane at one of its sizes, its borders continued outwards. */
struct flow_level {
  int height, width, stride;
  uint8_t *current, *previous; /* padded */
};

/* Zero-initialized before first use; all memory is kept for planes of the same size. */
struct flow_search {
  int height, width, levels;
  struct flow_level level[FLOW_MOST_LEVELS];
  int16_t *fine;   /* [3, padded pixels]: the plane in 1/16 grey level, and its gradients */
  int32_t *found;  /* [rows, columns, 2], displacement of each patch */
  int64_t *errors; /* [rows, columns] */
  int32_t *totals; /* [3, height, width], of weights and of weighted displacements */
  int16_t *coarse; /* [height, width, 2], flow of the coarser level */
  uint8_t *warped; /* [height, width] */
};

/* Fills flow, int16 [height, width, 2]; guess is that of the frame before, or NULL. */
bool dense_flow(struct flow_search *search, const uint8_t *current, const uint8_t *previous,
                int height, int width, uint32_t iterations, const int16_t *guess, int16_t *flow,
                struct problem *problem);

/* Absolute difference after the warp, its 3 x 3 means, to left, uint8 [height, width]. A flow of
   this size must have been searched for. */
void flow_residual(struct flow_search *search, const uint8_t *current, const uint8_t *previous,
                   const int16_t *flow, int height, int width, uint8_t *left);

void flow_search_free(struct flow_search *search);

#endif
