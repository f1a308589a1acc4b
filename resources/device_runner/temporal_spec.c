#include "temporal_spec.h"

#include <math.h>

enum { MOST_PIXELS = 1 << 20, MOST_ITERATIONS = 1000, MOST_RADIUS = 64 };

void temporal_spec_read(struct byte_reader *reader, struct temporal_spec *spec) {
  spec->mode = take_u8(reader);
  spec->carries = take_u8(reader);
  uint8_t asynchronous = take_u8(reader);
  spec->is_asynchronous = asynchronous != 0;
  spec->plane_pixels = take_u32(reader);
  spec->canvas_pixels = take_u32(reader);
  spec->flow_iterations = take_u32(reader);
  spec->shortest_gap = take_u32(reader);
  spec->longest_gap = take_u32(reader);
  spec->still_gap = take_u32(reader);
  spec->doubtful_gap = take_u32(reader);
  spec->triggers_needed = take_u32(reader);
  spec->refine_radius = take_u32(reader);
  spec->anchor_gap = take_u32(reader);
  spec->longest_gap_seconds = take_f64(reader);
  spec->still_level = take_f64(reader);
  spec->difference_limit = take_f64(reader);
  spec->residual_limit = take_f64(reader);
  spec->flow_limit = take_f64(reader);
  spec->area_limit = take_f64(reader);
  spec->forward_backward_limit = take_f64(reader);
  spec->disagreement_limit = take_f64(reader);
  spec->cut_level = take_f64(reader);
  spec->confidence_decay = take_f64(reader);
  spec->past_weight = take_f64(reader);
  spec->uncertainty_share = take_f64(reader);
  spec->refine_gain = take_f64(reader);
  spec->refine_contrast = take_f64(reader);
}

/* Written so that NaN fails. */
static bool lies_in(double value, double lowest, double highest) {
  return value >= lowest && value <= highest;
}

bool temporal_spec_check(const struct temporal_spec *spec, struct problem *problem) {
  const double limits[] = {spec->longest_gap_seconds, spec->still_level,
                           spec->difference_limit,    spec->residual_limit,
                           spec->flow_limit,          spec->area_limit,
                           spec->forward_backward_limit, spec->cut_level,
                           spec->disagreement_limit,  spec->confidence_decay,
                           spec->refine_gain,         spec->refine_contrast};
  if (spec->mode == TEMPORAL_OFF)
    return true;
  if (spec->mode > TEMPORAL_KEY_FRAMES || spec->carries > CARRIES_LABELS)
    return refuse(problem, PROBLEM_OPTIONS, "Temporal mode %u that carries %u is unknown.",
                  spec->mode, spec->carries);
  if (spec->is_asynchronous)
    return refuse(problem, PROBLEM_OPTIONS, "Asynchronous key frames are not offered on phones.");
  if (!lies_in(spec->plane_pixels, 1, MOST_PIXELS) || !lies_in(spec->canvas_pixels, 1, MOST_PIXELS))
    return refuse(problem, PROBLEM_OPTIONS, "A plane of %u and a canvas of %u pixels are out of "
                  "bounds; 1 to %d are allowed.", spec->plane_pixels, spec->canvas_pixels,
                  MOST_PIXELS);
  if (!lies_in(spec->flow_iterations, 0, MOST_ITERATIONS))
    return refuse(problem, PROBLEM_OPTIONS, "%u iterations of the flow were asked for; 0 to %d "
                  "are allowed.", spec->flow_iterations, MOST_ITERATIONS);
  for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++)
    if (!lies_in(limits[i], 0.0, INFINITY))
      return refuse(problem, PROBLEM_OPTIONS, "A temporal limit, level or gain of %g came.", limits[i]);
  if (!lies_in(spec->past_weight, 0.0, 1.0) || !lies_in(spec->uncertainty_share, 0.0, 1.0))
    return refuse(problem, PROBLEM_OPTIONS,
                  "A past weight of %g or an uncertainty share of %g is not between 0 and 1.",
                  spec->past_weight, spec->uncertainty_share);
  if (!lies_in(spec->refine_radius, 1, MOST_RADIUS))
    return refuse(problem, PROBLEM_OPTIONS, "Windows of a radius of %u came; 1 to %d are allowed.",
                  spec->refine_radius, MOST_RADIUS);
  return true;
}
