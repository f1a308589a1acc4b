/* At a key frame the network's word joins what was carried along: studio/temporal/fusion.py. */
#ifndef RUNNER_FUSE_H
#define RUNNER_FUSE_H

#include "past.h"
#include "refine.h"
#include "temporal_spec.h"
#include "word.h"

enum { TABLE_BINS = 256 };

/* Zero-initialized before first use; all memory is kept for the next frame. */
struct fuse {
  float doubts[TABLE_BINS]; /* part of the past's weight by the network's margin */
  struct taps grid_rows, grid_columns;   /* from the canvas to the network's grid */
  struct taps plane_rows, plane_columns; /* from the canvas to the plane */
  float *lines;                          /* scratch of a row */
  size_t lines_capacity;
  float *finite; /* [grid height, grid width, classes], where the word is not */
  size_t finite_capacity;
  uint8_t *labels; /* [2, canvas height, canvas width], what the past and the word show */
  size_t labels_capacity;
  struct refine refine;
  struct past net; /* the network's logits on the canvas, where labels are carried */
};

void fuse_prepare(struct fuse *fuse, const struct temporal_spec *spec);

/* Brings a word to a canvas of so many rows and columns, alone. The guide is luma of the frame
   there, uint8 [height, width]; NULL leaves borders as they are. */
bool past_of_word(struct fuse *fuse, const struct temporal_spec *spec, const struct word *word,
                  int height, int width, const uint8_t *guide, struct past *now,
                  struct problem *problem);

/* Joins a word with the past that the same frame shows; confidence in it is float
   [plane height, plane width]. Says how far the two disagreed. */
bool fuse_word(struct fuse *fuse, const struct temporal_spec *spec, const struct word *word,
               const struct past *before, const float *confidence, int plane_height,
               int plane_width, const uint8_t *guide, struct past *now, double *disagreement,
               struct problem *problem);

void fuse_free(struct fuse *fuse);

#endif
