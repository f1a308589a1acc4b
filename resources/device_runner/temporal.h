/* The temporal engine: a fold over the frames of a video, as studio/temporal/engine.py does it, with
   key frames that are waited for. First `temporal_advance`; where it says that the network is due,
   its word goes to `temporal_absorb`; then `temporal_draw`. */
#ifndef RUNNER_TEMPORAL_H
#define RUNNER_TEMPORAL_H

#include "carry.h"
#include "contrast.h"
#include "draw.h"
#include "flow.h"
#include "fuse.h"
#include "plane.h"
#include "policy.h"
#include "wire.h"

/* Milliseconds of the present frame by stage. */
struct temporal_millis {
  float plane, flow, warp, decide, fuse, draw;
};

/* Zero-initialized before first use; all memory is kept for the next frame. */
struct temporal {
  const struct temporal_spec *spec;
  struct temporal_millis millis;

  /* What is carried from frame to frame. */
  bool has_plane; /* false before the first frame */
  int frame_height, frame_width, plane_height, plane_width;
  uint32_t index;
  double time_seconds;
  double contrast; /* what grey levels are multiplied by, as of the last key frame */
  struct standing standing;
  enum trigger owed; /* why the network is due whatever the policy says, until it has spoken */
  struct measures measures;
  bool has_flow;   /* of the frame before, where anything moved */
  bool has_past;   /* `past` is known */
  bool has_word;   /* the word alone is shown */
  bool is_drawn;   /* the mask is that of this state */
  bool has_areas;
  bool has_guide;  /* the network's word is to be bent to the present frame's edges */
  struct word word;
  struct past past, other_past;
  uint8_t *plane, *other_plane; /* [plane height, plane width] */
  int16_t *flow, *other_flow;   /* [plane height, plane width, 2] */
  uint8_t *residual;            /* [plane height, plane width] */
  float *confidence, *other_confidence;
  int64_t areas[MOST_CLASSES]; /* at the last key frame */

  /* What the pointers above point into. */
  uint8_t *planes;
  int16_t *flows;
  float *confidences;
  size_t plane_capacity;

  /* Tables and scratch. */
  float kept[TABLE_BINS]; /* part of the confidence that is kept by residual */
  uint8_t *guide; /* [canvas height, canvas width], luma of a key frame */
  size_t guide_capacity;
  struct plane luma;
  struct flow_search search;
  struct carry carry;
  struct fuse fuse;
  struct draw draw;
};

/* Begins; the spec must stay. */
void temporal_prepare(struct temporal *temporal, const struct temporal_spec *spec);

/* Forgets what came before. */
void temporal_restart(struct temporal *temporal);

/* Goes on to a frame, uint8 [height, width, 3] BGR, and says why the network is due. */
bool temporal_advance(struct temporal *temporal, const struct frame_head *head,
                      const uint8_t *pixels, enum trigger *trigger, struct problem *problem);

/* Takes the network's word on the present frame. */
bool temporal_absorb(struct temporal *temporal, const struct word *word, struct problem *problem);

/* Draws the mask of the present frame, uint8 [frame height, frame width], unless it holds that of
   the frame before, which looks the same. */
bool temporal_draw(struct temporal *temporal, uint8_t *mask, struct problem *problem);

void temporal_free(struct temporal *temporal);

#endif
