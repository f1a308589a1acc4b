/* How the redundancy between frames is used: studio/temporal/spec.py, as OPEN carries it. */
#ifndef RUNNER_TEMPORAL_SPEC_H
#define RUNNER_TEMPORAL_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "problem.h"

enum { TEMPORAL_OFF = 0, TEMPORAL_PER_FRAME = 1, TEMPORAL_KEY_FRAMES = 2 };
enum { CARRIES_LOGITS = 0, CARRIES_LABELS = 1 };

/* Why the network was asked. The order is that of studio/temporal/step.py. */
enum trigger {
  TRIGGER_NONE = 0,
  TRIGGER_FIRST = 1,
  TRIGGER_ANCHOR = 2,
  TRIGGER_SIZE = 3,
  TRIGGER_CUT = 4,
  TRIGGER_INTERVAL = 5,
  TRIGGER_DIFFERENCE = 6,
  TRIGGER_RESIDUAL = 7,
  TRIGGER_FLOW = 8,
  TRIGGER_AREA = 9,
  TRIGGER_FORWARD_BACKWARD = 10,
  TRIGGER_DISAGREEMENT = 11,
  TRIGGER_EVERY = 12,
};

/* Limits are infinite where they are not used. Their meanings stand in spec.py. */
struct temporal_spec {
  uint8_t mode, carries;
  bool is_asynchronous;
  uint32_t plane_pixels, canvas_pixels, flow_iterations;
  uint32_t shortest_gap, longest_gap, still_gap;
  uint32_t doubtful_gap, triggers_needed, refine_radius, anchor_gap;
  double longest_gap_seconds;
  double still_level;
  double difference_limit, residual_limit, flow_limit, area_limit, forward_backward_limit;
  double disagreement_limit;
  double cut_level;
  double confidence_decay;
  double past_weight, uncertainty_share;
  double refine_gain, refine_contrast;
};

void temporal_spec_read(struct byte_reader *reader, struct temporal_spec *spec);

/* Whether the engine can do it; what is off needs no sense. */
bool temporal_spec_check(const struct temporal_spec *spec, struct problem *problem);

#endif
