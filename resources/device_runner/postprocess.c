#include "postprocess.h"

#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "scores.h"

static size_t positions(const struct open_message *open) {
  return (size_t)open->grid_height * open->grid_width;
}

/* A binary output is a choice between the threshold and the score: two classes. */
static int score_classes(const struct open_message *open) {
  return open->output_kind == OUTPUT_BINARY ? 2 : open->classes;
}

bool postprocess_prepare(struct postprocess *postprocess, const struct open_message *open,
                         struct problem *problem) {
  size_t classes = (size_t)score_classes(open);
  size_t scores = open->output_kind == OUTPUT_LABELS ? 0 : positions(open) * classes;
  postprocess_free(postprocess);
  postprocess->grid = malloc(positions(open));
  postprocess->floats = malloc(3 * classes * sizeof *postprocess->floats);
  postprocess->found = malloc(classes * sizeof *postprocess->found);
  postprocess->scores = malloc(scores * sizeof *postprocess->scores + 1);
  if (!postprocess->grid || !postprocess->floats || !postprocess->found || !postprocess->scores)
    return refuse_memory(problem, positions(open) * (4 * classes + 1));
  return true;
}

/* The output as float [height, width, classes]. */
static const float *as_scores(struct postprocess *postprocess, const struct open_message *open,
                              const struct output *output) {
  size_t count = positions(open), classes = open->classes;
  float *scores = postprocess->scores;
  if (open->output_kind == OUTPUT_BINARY) {
    for (size_t i = 0; i < count; i++)
      scores[2 * i] = open->threshold;
    scores_to_float(output->data, output->type, count, scores + 1, 2);
    return scores;
  }
  if (open->output_channels_first) {
    const char *plane = output->data;
    size_t plane_bytes = count * score_bytes(output->type);
    for (size_t k = 0; k < classes; k++, plane += plane_bytes)
      scores_to_float(plane, output->type, count, scores + k, classes);
    return scores;
  }
  if (output->type == TFLITE_FLOAT32)
    return output->data;
  scores_to_float(output->data, output->type, count * classes, scores, 1);
  return scores;
}

bool postprocess_make_mask(struct postprocess *postprocess, int width, int height,
                           struct problem *problem) {
  size_t bytes = (size_t)width * (size_t)height;
  if (postprocess->mask_capacity < bytes) {
    uint8_t *mask = realloc(postprocess->mask, bytes);
    if (!mask)
      return refuse_memory(problem, bytes);
    postprocess->mask = mask;
    postprocess->mask_capacity = bytes;
  }
  postprocess->mask_width = width;
  postprocess->mask_height = height;
  return true;
}

bool postprocess_mask(struct postprocess *postprocess, const struct open_message *open,
                      const struct frame_head *head, const struct output *output,
                      struct problem *problem) {
  bool is_grid = open->flags & OPEN_MASKS_AT_MODEL_SIZE;
  bool are_labels = open->output_kind == OUTPUT_LABELS;
  struct axis *rows = &postprocess->rows, *columns = &postprocess->columns;
  if (!postprocess_make_mask(postprocess, is_grid ? open->grid_width : head->width,
                 is_grid ? open->grid_height : head->height, problem))
    return false;
  if (!is_grid && (!axis_prepare(rows, head->height, head->fitted_height, open->input_height,
                                 open->grid_height, open->align_corners, problem) ||
                   !axis_prepare(columns, head->width, head->fitted_width, open->input_width,
                                 open->grid_width, open->align_corners, problem)))
    return false;
  if (are_labels) {
    labels_to_bytes(output->data, output->type, positions(open), open->classes,
                    is_grid ? postprocess->mask : postprocess->grid);
    if (!is_grid)
      spread_labels(postprocess->grid, open->grid_width, rows, columns, postprocess->mask);
    return true;
  }
  struct score_grid grid = {as_scores(postprocess, open, output), open->grid_height,
                            open->grid_width, score_classes(open), NULL};
  if (is_grid)
    best_classes(&grid, 0, grid.height, postprocess->mask);
  else
    fill_mask(&grid, rows, columns, postprocess->grid, postprocess->floats, postprocess->found,
              postprocess->mask);
  return true;
}

void postprocess_read(struct postprocess *postprocess, const struct open_message *open,
                      const struct frame_head *head, const struct output *output,
                      struct word *word) {
  bool are_labels = open->output_kind == OUTPUT_LABELS;
  if (are_labels)
    labels_to_bytes(output->data, output->type, positions(open), open->classes, postprocess->grid);
  *word = (struct word){
      .scores = are_labels ? NULL : as_scores(postprocess, open, output),
      .labels = are_labels ? postprocess->grid : NULL,
      .height = open->grid_height,
      .width = open->grid_width,
      .classes = score_classes(open),
      .scale = open->scale,
      .zero_point = (float)open->zero_point,
      .rows = placed_on_grid(head->fitted_height, open->input_height, open->grid_height,
                             open->align_corners),
      .columns = placed_on_grid(head->fitted_width, open->input_width, open->grid_width,
                                open->align_corners),
  };
}

void postprocess_free(struct postprocess *postprocess) {
  axis_free(&postprocess->rows);
  axis_free(&postprocess->columns);
  free(postprocess->scores);
  free(postprocess->grid);
  free(postprocess->floats);
  free(postprocess->found);
  free(postprocess->mask);
  memset(postprocess, 0, sizeof *postprocess);
}
