#include "temporal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

/* Milliseconds since the mark before, which moves on. */
static float since(uint64_t *mark) {
  uint64_t now = now_micros();
  float millis = millis_between(*mark, now);
  *mark = now;
  return millis;
}

/* In double and rounded once, as the computer makes it. */
static void fill_kept(float *kept, double decay) {
  kept[0] = 1.0f;
  for (int residual = 1; residual < TABLE_BINS; residual++)
    kept[residual] = decay > 0.0 ? (float)exp(-pow(residual / decay, 2.0)) : 0.0f;
}

static void set_contrast(struct temporal *temporal, double contrast) {
  if (temporal->contrast == contrast)
    return;
  temporal->contrast = contrast;
  fill_kept(temporal->kept, temporal->spec->confidence_decay / contrast);
}

void temporal_prepare(struct temporal *temporal, const struct temporal_spec *spec) {
  temporal->spec = spec;
  temporal->contrast = 0.0; /* of another spec, perhaps */
  set_contrast(temporal, 1.0);
  fuse_prepare(&temporal->fuse, spec);
}

static void start_counting(struct temporal *temporal) {
  temporal->standing = (struct standing){0};
  temporal->measures = (struct measures){0};
}

void temporal_restart(struct temporal *temporal) {
  start_counting(temporal);
  temporal->has_plane = temporal->has_flow = temporal->has_past = false;
  temporal->has_word = temporal->is_drawn = temporal->has_areas = false;
  temporal->owed = TRIGGER_NONE;
}

/* Whether a frame's mask depends on the frames before. */
static bool looks_back(const struct temporal_spec *spec) {
  return spec->mode == TEMPORAL_KEY_FRAMES ||
         (spec->mode == TEMPORAL_PER_FRAME && (spec->past_weight > 0.0 || spec->refine_gain > 0.0));
}

static bool make_planes(struct temporal *temporal, struct problem *problem) {
  size_t pixels = (size_t)temporal->plane_height * (size_t)temporal->plane_width;
  if (temporal->plane_capacity >= pixels)
    return true;
  free(temporal->planes);
  free(temporal->flows);
  free(temporal->confidences);
  temporal->plane_capacity = 0;
  temporal->planes = malloc(3 * pixels);
  temporal->flows = malloc(4 * pixels * sizeof *temporal->flows);
  temporal->confidences = malloc(2 * pixels * sizeof *temporal->confidences);
  if (!temporal->planes || !temporal->flows || !temporal->confidences)
    return refuse_memory(problem, 19 * pixels);
  temporal->plane = temporal->planes;
  temporal->other_plane = temporal->planes + pixels;
  temporal->residual = temporal->planes + 2 * pixels;
  temporal->flow = temporal->flows;
  temporal->other_flow = temporal->flows + 2 * pixels;
  temporal->confidence = temporal->confidences;
  temporal->other_confidence = temporal->confidences + pixels;
  temporal->plane_capacity = pixels;
  return true;
}

static void swap_planes(struct temporal *temporal) {
  uint8_t *plane = temporal->plane;
  temporal->plane = temporal->other_plane;
  temporal->other_plane = plane;
}

static void swap_flows(struct temporal *temporal) {
  int16_t *flow = temporal->flow;
  temporal->flow = temporal->other_flow;
  temporal->other_flow = flow;
}

static void swap_confidences(struct temporal *temporal) {
  float *confidence = temporal->confidence;
  temporal->confidence = temporal->other_confidence;
  temporal->other_confidence = confidence;
}

static void swap_pasts(struct temporal *temporal) {
  struct past past = temporal->past;
  temporal->past = temporal->other_past;
  temporal->other_past = past;
}

/* Begins anew with the present frame, whose plane is the other one, as if it were the first. */
static enum trigger begin(struct temporal *temporal, enum trigger trigger) {
  size_t pixels = (size_t)temporal->plane_height * (size_t)temporal->plane_width;
  temporal_restart(temporal);
  swap_planes(temporal);
  temporal->has_plane = true;
  temporal->owed = trigger;
  for (size_t i = 0; i < pixels; i++)
    temporal->confidence[i] = 0.0f;
  return trigger;
}

static double mean_residual(const struct temporal *temporal) {
  size_t pixels = (size_t)temporal->plane_height * (size_t)temporal->plane_width;
  uint64_t total = 0;
  for (size_t i = 0; i < pixels; i++)
    total += temporal->residual[i];
  return (double)total / (double)pixels;
}

/* The flow from the present frame, whose plane is the other one, and the mean of what is left. */
static bool find_motion(struct temporal *temporal, double change, double *left,
                        struct problem *problem) {
  const struct temporal_spec *spec = temporal->spec;
  int height = temporal->plane_height, width = temporal->plane_width;
  struct measures *measures = &temporal->measures;
  if (!dense_flow(&temporal->search, temporal->other_plane, temporal->plane, height, width,
                  spec->flow_iterations, temporal->has_flow ? temporal->flow : NULL,
                  temporal->other_flow, problem))
    return false;
  flow_residual(&temporal->search, temporal->other_plane, temporal->plane, temporal->other_flow,
                height, width, temporal->residual);
  measures->change = change;
  measures->difference += change * temporal->contrast;
  *left = mean_residual(temporal);
  measures->residual += *left * temporal->contrast;
  measures->flow += flow_per_cent(temporal->other_flow, height, width);
  if (isinf(spec->forward_backward_limit))
    return true;
  /* The flow before is not needed any more. */
  if (!dense_flow(&temporal->search, temporal->plane, temporal->other_plane, height, width,
                  spec->flow_iterations, NULL, temporal->flow, problem))
    return false;
  measures->forward_backward =
      flow_disagreement(temporal->other_flow, temporal->flow, height, width);
  return true;
}

/* Counts a frame, so long after the one before, towards the longest gap. */
static void count_moved(struct standing *standing, double seconds) {
  standing->moved++;
  standing->moved_seconds += seconds > 0.0 ? seconds : 0.0;
}

/* Carries what is known to the present frame. */
static bool carry_on(struct temporal *temporal, struct problem *problem) {
  int height = temporal->plane_height, width = temporal->plane_width;
  int64_t areas[MOST_CLASSES];
  swap_planes(temporal);
  swap_flows(temporal);
  temporal->has_flow = true;
  carry_confidence(temporal->confidence, temporal->flow, temporal->residual, temporal->kept,
                   height, width, temporal->other_confidence);
  swap_confidences(temporal);
  if (!temporal->has_past)
    return true;
  if (!carry_past(&temporal->carry, &temporal->past, temporal->flow, height, width,
                  &temporal->other_past, problem))
    return false;
  swap_pasts(temporal);
  temporal->has_word = temporal->is_drawn = false;
  if (temporal->has_areas) {
    count_areas(&temporal->past, areas);
    temporal->measures.area = area_change(temporal->areas, areas);
  }
  return true;
}

static enum trigger decided(const struct temporal *temporal) {
  return temporal->owed != TRIGGER_NONE
             ? temporal->owed
             : decide(temporal->spec, &temporal->standing, &temporal->measures);
}

static bool advance_moving(struct temporal *temporal, double change, double seconds,
                           uint64_t *mark, enum trigger *trigger, struct problem *problem) {
  double left;
  if (!find_motion(temporal, change, &left, problem))
    return false;
  temporal->millis.flow = since(mark);
  if (left * temporal->contrast > temporal->spec->cut_level) {
    *trigger = begin(temporal, TRIGGER_CUT);
    return true;
  }
  count_moved(&temporal->standing, seconds);
  if (!carry_on(temporal, problem))
    return false;
  temporal->millis.warp = since(mark);
  *trigger = decided(temporal);
  return true;
}

/* The plane of a frame, to the other one, and room for all of its size. */
static bool take_plane(struct temporal *temporal, const struct frame_head *head,
                       const uint8_t *pixels, struct problem *problem) {
  plane_size(head->height, head->width, (int)temporal->spec->plane_pixels, &temporal->plane_height,
             &temporal->plane_width);
  return make_planes(temporal, problem) &&
         plane_write(&temporal->luma, pixels, head->height, head->width, 3, temporal->plane_height,
                     temporal->plane_width, temporal->other_plane, problem);
}

/* Compares the present frame with the one before, whose index is given. */
static bool look(struct temporal *temporal, bool is_other_size, uint32_t index, double seconds,
                 uint64_t *mark, enum trigger *trigger, struct problem *problem) {
  const struct temporal_spec *spec = temporal->spec;
  if (!temporal->has_plane || is_other_size) {
    *trigger = begin(temporal, temporal->has_plane ? TRIGGER_SIZE : TRIGGER_FIRST);
    return true;
  }
  size_t pixels = (size_t)temporal->plane_height * (size_t)temporal->plane_width;
  double change = plane_change(temporal->other_plane, temporal->plane, pixels);
  if (spec->anchor_gap && temporal->index / spec->anchor_gap != index / spec->anchor_gap) {
    *trigger = begin(temporal, TRIGGER_ANCHOR);
    return true;
  }
  temporal->standing.is_still =
      plane_is_still(temporal->other_plane, temporal->plane, pixels,
                     level_at(temporal->contrast, spec->still_level));
  if (!temporal->standing.is_still)
    return advance_moving(temporal, change, seconds, mark, trigger, problem);
  temporal->has_flow = false;
  temporal->measures.change = change;
  /* What came to rest since the network was asked is not known where it rests. */
  if (temporal->standing.moved)
    count_moved(&temporal->standing, seconds);
  *trigger = decided(temporal);
  return true;
}

/* Luma of the frame at the size of the canvas. */
static bool take_guide(struct temporal *temporal, const struct frame_head *head,
                       const uint8_t *pixels, struct problem *problem) {
  int height, width;
  plane_size(head->height, head->width, (int)temporal->spec->canvas_pixels, &height, &width);
  size_t bytes = (size_t)height * (size_t)width;
  if (temporal->guide_capacity < bytes) {
    free(temporal->guide);
    temporal->guide_capacity = 0;
    temporal->guide = malloc(bytes);
    if (!temporal->guide)
      return refuse_memory(problem, bytes);
    temporal->guide_capacity = bytes;
  }
  temporal->has_guide = true;
  return plane_write(&temporal->luma, pixels, head->height, head->width, 3, height, width,
                     temporal->guide, problem);
}

bool temporal_advance(struct temporal *temporal, const struct frame_head *head,
                      const uint8_t *pixels, enum trigger *trigger, struct problem *problem) {
  uint64_t mark = now_micros();
  uint32_t index = temporal->index;
  double seconds = head->time_seconds - temporal->time_seconds;
  bool is_other_size =
      temporal->frame_height != head->height || temporal->frame_width != head->width;
  memset(&temporal->millis, 0, sizeof temporal->millis);
  temporal->index = head->index;
  temporal->time_seconds = head->time_seconds;
  temporal->frame_height = head->height;
  temporal->frame_width = head->width;
  temporal->has_guide = false;
  temporal->standing.gap++;
  if (!looks_back(temporal->spec)) {
    *trigger = TRIGGER_EVERY;
    return true;
  }
  if (!take_plane(temporal, head, pixels, problem))
    return false;
  temporal->millis.plane = since(&mark);
  if (!look(temporal, is_other_size, index, seconds, &mark, trigger, problem))
    return false;
  if (*trigger != TRIGGER_NONE)
    set_contrast(temporal, contrast_gain(temporal->plane, (size_t)temporal->plane_height *
                                                              (size_t)temporal->plane_width));
  temporal->millis.decide = since(&mark);
  if (*trigger != TRIGGER_NONE && temporal->spec->refine_gain > 0.0) {
    if (!take_guide(temporal, head, pixels, problem))
      return false;
    temporal->millis.plane += since(&mark);
  }
  return true;
}

/* What is known of the present frame, once the network has spoken, and how far the past was of
   another mind. */
static bool join(struct temporal *temporal, const struct word *word, double *disagreement,
                 struct problem *problem) {
  const struct temporal_spec *spec = temporal->spec;
  bool is_fused = temporal->has_past && spec->past_weight > 0.0;
  const uint8_t *guide = temporal->has_guide ? temporal->guide : NULL;
  int height, width;
  plane_size(temporal->frame_height, temporal->frame_width, (int)spec->canvas_pixels, &height,
             &width);
  if (is_fused ? !fuse_word(&temporal->fuse, spec, word, &temporal->past, temporal->confidence,
                            temporal->plane_height, temporal->plane_width, guide,
                            &temporal->other_past, disagreement, problem)
               : !past_of_word(&temporal->fuse, spec, word, height, width, guide,
                               &temporal->other_past, problem))
    return false;
  swap_pasts(temporal);
  temporal->has_past = true;
  temporal->has_word = !is_fused && !guide;
  temporal->has_areas = !isinf(spec->area_limit);
  if (temporal->has_areas)
    count_areas(&temporal->past, temporal->areas);
  for (int i = 0; i < temporal->plane_height * temporal->plane_width; i++)
    temporal->confidence[i] = 1.0f;
  return true;
}

/* Whether a word says anything: a network that overflowed has nothing but NaN to say. */
static bool has_numbers(const struct word *word) {
  size_t count = (size_t)word->height * (size_t)word->width * (size_t)word->classes;
  if (!word->scores)
    return true;
  for (size_t i = 0; i < count; i++)
    if (isfinite(word->scores[i]))
      return true;
  return false;
}

/* Goes on with what is known; the network is asked again on the next frame. */
static void ask_again(struct temporal *temporal) {
  if (temporal->owed == TRIGGER_NONE)
    temporal->owed =
        temporal->spec->mode == TEMPORAL_PER_FRAME ? TRIGGER_EVERY : TRIGGER_INTERVAL;
  /* The last word was borrowed; if it was not drawn yet, what was brought to the canvas is. */
  if (temporal->has_past && !temporal->is_drawn)
    temporal->has_word = false;
}

bool temporal_absorb(struct temporal *temporal, const struct word *word, struct problem *problem) {
  uint64_t mark = now_micros();
  double disagreement = 1.0; /* without a past to confirm the word */
  if (looks_back(temporal->spec) && !has_numbers(word)) {
    ask_again(temporal);
    temporal->millis.fuse = since(&mark);
    return true;
  }
  temporal->word = *word;
  temporal->is_drawn = false;
  temporal->owed = TRIGGER_NONE;
  if (looks_back(temporal->spec)) {
    if (!join(temporal, word, &disagreement, problem))
      return false;
  } else {
    temporal->has_word = true;
  }
  start_counting(temporal);
  temporal->measures.disagreement = disagreement;
  temporal->millis.fuse = since(&mark);
  return true;
}

bool temporal_draw(struct temporal *temporal, uint8_t *mask, struct problem *problem) {
  uint64_t mark = now_micros();
  int height = temporal->frame_height, width = temporal->frame_width;
  if (!temporal->has_word && !temporal->has_past)
    memset(mask, 0, (size_t)height * (size_t)width); /* nothing is known yet */
  else if (!temporal->is_drawn &&
           !(temporal->has_word
                 ? draw_word(&temporal->draw, &temporal->word, height, width, mask, problem)
                 : draw_past(&temporal->draw, &temporal->past, height, width, mask, problem)))
    return false;
  temporal->is_drawn = true;
  temporal->millis.draw = since(&mark);
  return true;
}

void temporal_free(struct temporal *temporal) {
  past_free(&temporal->past);
  past_free(&temporal->other_past);
  free(temporal->planes);
  free(temporal->flows);
  free(temporal->confidences);
  free(temporal->guide);
  plane_free(&temporal->luma);
  flow_search_free(&temporal->search);
  carry_free(&temporal->carry);
  fuse_free(&temporal->fuse);
  draw_free(&temporal->draw);
  memset(temporal, 0, sizeof *temporal);
}
