#include "past.h"

#include <stdlib.h>
#include <string.h>

static bool make_room(void **memory, size_t *capacity, size_t bytes, struct problem *problem) {
  if (*capacity >= bytes)
    return true;
  free(*memory);
  *capacity = 0;
  *memory = malloc(bytes);
  if (!*memory)
    return refuse_memory(problem, bytes);
  *capacity = bytes;
  return true;
}

bool past_make_scores(struct past *past, int height, int width, int count,
                      struct problem *problem) {
  size_t bytes = (size_t)height * (size_t)width * (size_t)count * sizeof *past->scores;
  void *memory = past->scores;
  bool is_made = make_room(&memory, &past->scores_capacity, bytes, problem);
  past->scores = memory;
  past->height = height;
  past->width = width;
  past->count = count;
  past->has_labels = false;
  return is_made;
}

bool past_make_labels(struct past *past, int height, int width, struct problem *problem) {
  void *memory = past->labels;
  bool is_made =
      make_room(&memory, &past->labels_capacity, (size_t)height * (size_t)width, problem);
  past->labels = memory;
  past->height = height;
  past->width = width;
  past->has_labels = true;
  return is_made;
}

void mark_labels(const uint8_t *labels, size_t count, uint8_t *marks) {
  for (size_t i = 0; i < count; i++)
    marks[labels[i]] = 1;
}

int list_marked(const uint8_t *marks, uint8_t *classes) {
  int count = 0;
  for (int k = 0; k < MOST_CLASSES; k++)
    if (marks[k])
      classes[count++] = (uint8_t)k;
  return count;
}

static uint8_t label_at(const struct past *past, size_t positions, size_t place) {
  if (past->has_labels)
    return past->labels[place];
  const float *score = past->scores + place;
  float highest = *score;
  int winner = 0;
  for (int k = 1; k < past->count; k++) {
    score += positions;
    bool is_higher = *score > highest;
    highest = is_higher ? *score : highest;
    winner = is_higher ? k : winner;
  }
  return past->classes[winner];
}

void find_labels(const struct past *past, uint8_t *labels) {
  size_t positions = (size_t)past->height * (size_t)past->width;
  for (size_t i = 0; i < positions; i++)
    labels[i] = label_at(past, positions, i);
}

void count_areas(const struct past *past, int64_t *areas) {
  size_t positions = (size_t)past->height * (size_t)past->width;
  memset(areas, 0, MOST_CLASSES * sizeof *areas);
  for (size_t i = 0; i < positions; i++)
    areas[label_at(past, positions, i)]++;
}

void past_free(struct past *past) {
  free(past->scores);
  free(past->labels);
  memset(past, 0, sizeof *past);
}
