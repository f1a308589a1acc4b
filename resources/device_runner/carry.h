/* Carries what is known along the flow: studio/temporal/warping.py and its loops. */
#ifndef RUNNER_CARRY_H
#define RUNNER_CARRY_H

#include "past.h"
#include "taps.h"

/* Zero-initialized before first use; all memory is kept for the next frame. */
struct carry {
  struct taps rows, columns; /* from the canvas to the plane */
  float *lines;              /* the flow of a row of the plane, then where a row of the canvas was */
  int32_t *at;
  size_t capacity;
};

/* Carries a past along a flow, int16 [plane height, plane width, 2] in 1/16 pixel, to `now`. */
bool carry_past(struct carry *carry, const struct past *before, const int16_t *flow,
                int plane_height, int plane_width, struct past *now, struct problem *problem);

/* Carries a confidence, float [height, width], along the flow to `now`: the value where it points
   times what `kept`, float [256], says of the residual; 0 where it points beyond the plane. */
void carry_confidence(const float *confidence, const int16_t *flow, const uint8_t *residual,
                      const float *kept, int height, int width, float *now);

void carry_free(struct carry *carry);

#endif
