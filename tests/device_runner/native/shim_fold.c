/* The temporal engine for ctypes: the network's word comes from the test. */
#include <stdlib.h>
#include <string.h>

#include "postprocess.h"
#include "temporal.h"

struct fold {
  struct open_message open;
  struct frame_head head;
  struct postprocess postprocess;
  struct temporal temporal;
};

static int said(const struct problem *problem, char *words) {
  memcpy(words, problem->text, sizeof problem->text);
  return problem->code;
}

struct fold *shim_fold_open(const uint8_t *open_body, size_t open_bytes, char *words) {
  struct fold *fold = calloc(1, sizeof *fold);
  struct problem problem = {0};
  if (wire_read_open(open_body, open_bytes, &fold->open, &problem) &&
      postprocess_prepare(&fold->postprocess, &fold->open, &problem)) {
    temporal_prepare(&fold->temporal, &fold->open.temporal);
    return fold;
  }
  said(&problem, words);
  postprocess_free(&fold->postprocess);
  free(fold);
  return NULL;
}

void shim_fold_close(struct fold *fold) {
  temporal_free(&fold->temporal);
  postprocess_free(&fold->postprocess);
  free(fold);
}

void shim_fold_restart(struct fold *fold) { temporal_restart(&fold->temporal); }

/* What the policy looked at, double [7]. */
void shim_fold_measures(const struct fold *fold, double *measures) {
  memcpy(measures, &fold->temporal.measures, sizeof fold->temporal.measures);
}

/* Each returns 0, or the code of the problem with its words, char [400]. */
int shim_fold_advance(struct fold *fold, const uint8_t *frame_head, const uint8_t *pixels,
                      int *trigger, char *words) {
  struct problem problem = {0};
  enum trigger found = TRIGGER_NONE;
  if (wire_read_frame_head(frame_head, WIRE_FRAME_HEAD_BYTES, &fold->head, &problem))
    temporal_advance(&fold->temporal, &fold->head, pixels, &found, &problem);
  *trigger = found;
  return said(&problem, words);
}

/* The word is borrowed until the next one. */
int shim_fold_absorb(struct fold *fold, const void *data, size_t bytes, int type, char *words) {
  struct problem problem = {0};
  struct output output = {data, bytes, type};
  struct word word;
  postprocess_read(&fold->postprocess, &fold->open, &fold->head, &output, &word);
  temporal_absorb(&fold->temporal, &word, &problem);
  return said(&problem, words);
}

int shim_fold_draw(struct fold *fold, uint8_t *mask, char *words) {
  struct problem problem = {0};
  struct postprocess *postprocess = &fold->postprocess;
  int width = fold->head.width, height = fold->head.height;
  if (postprocess_make_mask(postprocess, width, height, &problem) &&
      temporal_draw(&fold->temporal, postprocess->mask, &problem))
    memcpy(mask, postprocess->mask, (size_t)width * (size_t)height);
  return said(&problem, words);
}

/* What is carried: [count, height, width] to scores; returns the count. */
int shim_fold_past(const struct fold *fold, float *scores, float *confidence) {
  const struct past *past = &fold->temporal.past;
  size_t pixels =
      (size_t)fold->temporal.plane_height * (size_t)fold->temporal.plane_width;
  memcpy(scores, past->scores,
         (size_t)past->count * (size_t)past->height * (size_t)past->width * sizeof *scores);
  memcpy(confidence, fold->temporal.confidence, pixels * sizeof *confidence);
  return past->count;
}
