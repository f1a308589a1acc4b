/* Bends the network's coarse word to the edges of the picture: studio/temporal/refinement.py. */
#ifndef RUNNER_REFINE_H
#define RUNNER_REFINE_H

#include "past.h"
#include "temporal_spec.h"

/* Zero-initialized before first use; all memory is kept for the next frame. */
struct refine {
  float *maps;
  size_t capacity;
};

/* Changes scores in place; guide is uint8 [height, width] of the canvas, luma of the frame. */
bool refine_scores(struct refine *refine, const struct temporal_spec *spec, const uint8_t *guide,
                   struct past *net, struct problem *problem);

void refine_free(struct refine *refine);

#endif
