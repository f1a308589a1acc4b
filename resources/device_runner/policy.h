/* When the network is asked: studio/temporal/policy.py. */
#ifndef RUNNER_POLICY_H
#define RUNNER_POLICY_H

#include <stddef.h>

#include "temporal_spec.h"

/* What the policy looks at; sums since the last key frame, in the units of the limits. */
struct measures {
  double change, difference, residual, flow, area, forward_backward, disagreement;
};

/* Where a frame stands since the last key frame. */
struct standing {
  uint32_t gap, moved; /* frames since then, and those from the first on in which anything moved */
  double moved_seconds;
  bool is_still;
};

/* Why a frame whose past is known is to be a key frame; TRIGGER_NONE when it is not. */
enum trigger decide(const struct temporal_spec *spec, const struct standing *standing,
                    const struct measures *measures);

/* Largest relative change of an object's area; both int64 [256], positions by class. */
double area_change(const int64_t *before, const int64_t *now);

/* Part of what either of two label maps, uint8 [positions], shows on which they differ. */
double disagreement_of(const uint8_t *past, const uint8_t *word, size_t positions);

/* Mean length of a flow, int16 [height, width, 2] in 1/16 pixel, in per cent of the width. */
double flow_per_cent(const int16_t *flow, int height, int width);

/* Part of the plane where the flow there and the flow back miss each other by over a pixel. */
double flow_disagreement(const int16_t *there, const int16_t *back, int height, int width);

#endif
