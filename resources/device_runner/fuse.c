/* In float, in this order of operations: as the computer does it, to the last bit. */
#include "fuse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "sample.h"

/* Classes on the canvas: each costs its share of every frame. */
enum { MOST_KEPT = 16 };

static float smaller(float a, float b) { return b < a ? b : a; }
static float larger(float a, float b) { return b > a ? b : a; }

/* Most weight of the past against a word without scores, which no doubt can lessen: over one half,
   the past would win for ever. */
static const double most_against_labels = 0.4;

/* In double and rounded once, as the computer makes them. Labels that are carried gather no
   evidence, so their weight depends entirely on the network's uncertainty. */
void fuse_prepare(struct fuse *fuse, const struct temporal_spec *spec) {
  double share = spec->carries == CARRIES_LABELS ? 1.0 : spec->uncertainty_share;
  for (int i = 0; i < TABLE_BINS; i++) {
    double uncertainty = 2.0 / (1.0 + exp(i / 16.0));
    fuse->doubts[i] = (float)((1.0 - share) + share * uncertainty);
  }
}

static double weight_of_past(const struct temporal_spec *spec, const struct word *word) {
  return word->labels && spec->past_weight > most_against_labels ? most_against_labels
                                                                 : spec->past_weight;
}

static bool make_lines(struct fuse *fuse, size_t count, struct problem *problem) {
  if (fuse->lines_capacity >= count)
    return true;
  free(fuse->lines);
  fuse->lines_capacity = 0;
  fuse->lines = malloc(count * sizeof *fuse->lines);
  if (!fuse->lines)
    return refuse_memory(problem, count * sizeof *fuse->lines);
  fuse->lines_capacity = count;
  return true;
}

static bool make_labels(struct fuse *fuse, size_t count, struct problem *problem) {
  if (fuse->labels_capacity >= count)
    return true;
  free(fuse->labels);
  fuse->labels_capacity = 0;
  fuse->labels = malloc(count);
  if (!fuse->labels)
    return refuse_memory(problem, count);
  fuse->labels_capacity = count;
  return true;
}

/* The highest finite score for what is higher than all, so that a sure class wins; the lowest for
   all else that is not finite, so that it wins nowhere. */
static const float *make_finite(struct fuse *fuse, const struct word *word,
                                struct problem *problem) {
  size_t count = (size_t)word->height * (size_t)word->width * (size_t)word->classes;
  if (fuse->finite_capacity < count) {
    free(fuse->finite);
    fuse->finite_capacity = 0;
    fuse->finite = malloc(count * sizeof *fuse->finite);
    if (!fuse->finite) {
      refuse_memory(problem, count * sizeof *fuse->finite);
      return NULL;
    }
    fuse->finite_capacity = count;
  }
  float lowest = INFINITY, highest = -INFINITY;
  for (size_t i = 0; i < count; i++)
    if (isfinite(word->scores[i])) {
      lowest = smaller(lowest, word->scores[i]);
      highest = larger(highest, word->scores[i]);
    }
  if (isinf(lowest))
    lowest = highest = 0.0f;
  for (size_t i = 0; i < count; i++) {
    float score = word->scores[i];
    fuse->finite[i] = isfinite(score) ? score : score > highest ? highest : lowest;
  }
  return fuse->finite;
}

/* Lists the classes that are kept, ascending, and returns how many: those that win the most
   positions of the word; of equals, and among those that win none, those that were shown at the
   most positions before; of equals the first. Both are int64 [MOST_CLASSES]. */
static int list_most_shown(const int64_t *wins, const int64_t *shown, int known,
                           uint8_t *classes) {
  uint8_t marks[MOST_CLASSES] = {0};
  for (int kept = 0; kept < MOST_KEPT; kept++) {
    int next = -1;
    for (int k = 0; k < known; k++)
      if (!marks[k] && (wins[k] || shown[k]) &&
          (next < 0 || wins[k] > wins[next] ||
           (wins[k] == wins[next] && shown[k] > shown[next])))
        next = k;
    if (next < 0)
      break;
    marks[next] = 1;
  }
  int count = list_marked(marks, classes);
  if (count == 0)
    classes[count++] = 0;
  return count;
}

/* A class that is left out goes by the name of the one that wins most. */
static void name_kept(const int64_t *wins, const uint8_t *classes, int count, uint8_t *names) {
  int most = 0;
  for (int k = 1; k < MOST_CLASSES; k++)
    most = wins[k] > wins[most] ? k : most;
  memset(names, most, MOST_CLASSES);
  for (int k = 0; k < count; k++)
    names[classes[k]] = classes[k];
}

/* Labels as scores: 1 for the class of each position, 0 for the others. */
static bool sample_labels(struct fuse *fuse, const struct word *word, const int64_t *shown,
                          int height, int width, struct past *net, struct problem *problem) {
  const int32_t *rows = fuse->grid_rows.axis.nearest, *columns = fuse->grid_columns.axis.nearest;
  int64_t wins[MOST_CLASSES] = {0};
  uint8_t classes[MOST_CLASSES], names[MOST_CLASSES];
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      wins[word->labels[(size_t)rows[y] * (size_t)word->width + (size_t)columns[x]]]++;
  int count = list_most_shown(wins, shown, MOST_CLASSES, classes);
  if (!past_make_scores(net, height, width, count, problem))
    return false;
  memcpy(net->classes, classes, sizeof classes);
  name_kept(wins, classes, count, names);
  float *out = net->scores;
  for (int k = 0; k < count; k++)
    for (int y = 0; y < height; y++) {
      const uint8_t *labels = word->labels + (size_t)rows[y] * (size_t)word->width;
      for (int x = 0; x < width; x++)
        *out++ = names[labels[columns[x]]] == classes[k] ? 1.0f : 0.0f;
    }
  return true;
}

/* Logits of the classes that win somewhere, and of those that were shown before. */
static bool sample_scores(struct fuse *fuse, const struct word *word, const int64_t *shown,
                          int height, int width, struct past *net, struct problem *problem) {
  int64_t wins[MOST_CLASSES] = {0};
  uint8_t classes[MOST_CLASSES];
  const float *scores = word->scores;
  if (!count_winners(word, wins)) {
    struct word finite = *word;
    if (!(scores = make_finite(fuse, word, problem)))
      return false;
    finite.scores = scores;
    memset(wins, 0, sizeof wins);
    count_winners(&finite, wins);
  }
  int count = list_most_shown(wins, shown, word->classes, classes);
  if (!past_make_scores(net, height, width, count, problem) ||
      !make_lines(fuse, (size_t)word->width, problem))
    return false;
  memcpy(net->classes, classes, sizeof classes);
  for (int y = 0; y < height; y++)
    sample_row(word, scores, net, y, &fuse->grid_rows.axis, &fuse->grid_columns.axis, fuse->lines);
  return true;
}

/* Brings a word to the canvas; `shown`, int64 [MOST_CLASSES], counts the positions at which each
   class was shown before. */
static bool sample(struct fuse *fuse, const struct word *word, const int64_t *shown, int height,
                   int width, struct past *net, struct problem *problem) {
  if (!taps_prepare(&fuse->grid_rows, height, word->rows, word->height, problem) ||
      !taps_prepare(&fuse->grid_columns, width, word->columns, word->width, problem))
    return false;
  return word->labels ? sample_labels(fuse, word, shown, height, width, net, problem)
                      : sample_scores(fuse, word, shown, height, width, net, problem);
}

static void list_labels(struct past *past) {
  uint8_t marks[MOST_CLASSES] = {0};
  mark_labels(past->labels, (size_t)past->height * (size_t)past->width, marks);
  past->count = list_marked(marks, past->classes);
}

/* The first of the highest, NaN above all, as NumPy's argmax has it. */
static int highest_at(const struct past *net, size_t place) {
  size_t positions = (size_t)net->height * (size_t)net->width;
  const float *score = net->scores + place;
  int winner = 0;
  float highest = *score;
  for (int k = 1; k < net->count && !isnan(highest); k++) {
    score += positions;
    if (*score > highest || isnan(*score)) {
      highest = *score;
      winner = k;
    }
  }
  return winner;
}

bool past_of_word(struct fuse *fuse, const struct temporal_spec *spec, const struct word *word,
                  int height, int width, const uint8_t *guide, struct past *now,
                  struct problem *problem) {
  static const int64_t nothing[MOST_CLASSES];
  struct past *net = spec->carries == CARRIES_LOGITS ? now : &fuse->net;
  if (!sample(fuse, word, nothing, height, width, net, problem) ||
      (guide && !refine_scores(&fuse->refine, spec, guide, net, problem)))
    return false;
  if (net == now)
    return true;
  if (!past_make_labels(now, height, width, problem))
    return false;
  size_t positions = (size_t)height * (size_t)width;
  for (size_t i = 0; i < positions; i++)
    now->labels[i] = fuse->net.classes[highest_at(&fuse->net, i)];
  list_labels(now);
  return true;
}

/* How the past is weighed against the network along a row of the canvas. */
struct weighing {
  const float *confidence;
  int plane_height, plane_width;
  float past_weight;
  const float *doubts; /* NULL: the network does not tell how sure it is */
  const struct axis *rows, *columns;
};

static void weigh_row(const struct weighing *weighing, const struct past *net, int y,
                      float *weight) {
  const struct axis *columns = weighing->columns;
  int y0 = weighing->rows->low[y], last_row = weighing->plane_height - 1;
  int y1 = y0 < last_row ? y0 + 1 : last_row, last = weighing->plane_width - 1;
  const float *upper = weighing->confidence + (size_t)y0 * (size_t)weighing->plane_width;
  const float *lower = weighing->confidence + (size_t)y1 * (size_t)weighing->plane_width;
  float below = weighing->rows->weight[y], above = 1.0f - below;
  size_t positions = (size_t)net->height * (size_t)net->width;
  const float *scores = net->scores + (size_t)y * (size_t)net->width;
  for (int x = 0; x < net->width; x++) {
    float first = scores[x], second = -INFINITY;
    for (int k = 1; k < net->count; k++) {
      float value = scores[(size_t)k * positions + (size_t)x];
      second = larger(second, smaller(first, value));
      first = larger(first, value);
    }
    float bins = (first - second) * 16.0f;
    int place = bins < 255.0f ? (int)bins : 255;
    int i0 = columns->low[x], i1 = i0 < last ? i0 + 1 : last;
    float right = columns->weight[x];
    float left_value = upper[i0] * above + lower[i0] * below;
    float right_value = upper[i1] * above + lower[i1] * below;
    float trust = left_value * (1.0f - right) + right_value * right;
    weight[x] = weighing->past_weight * trust * (weighing->doubts ? weighing->doubts[place] : 1.0f);
  }
}

/* `net + weight * (past - net)` along a row; a class that the past knows nothing of lost there, and
   takes the lowest that is known for its own. */
static void fuse_row(struct past *net, const struct past *before, const int *places, int y,
                     const float *weight, float *least) {
  size_t positions = (size_t)net->height * (size_t)net->width;
  size_t start = (size_t)y * (size_t)net->width;
  const float *past = before->scores + start;
  memcpy(least, past, (size_t)net->width * sizeof *least);
  for (int p = 1; p < before->count; p++)
    for (int x = 0; x < net->width; x++)
      least[x] = smaller(least[x], past[(size_t)p * positions + (size_t)x]);
  for (int k = 0; k < net->count; k++) {
    float *own = net->scores + (size_t)k * positions + start;
    const float *known = places[k] < 0 ? least : past + (size_t)places[k] * positions;
    for (int x = 0; x < net->width; x++)
      own[x] = own[x] + weight[x] * (known[x] - own[x]);
  }
}

/* The past's label, if it is kept, where its weight exceeds one half; the network's elsewhere. */
static void choose_row(const struct past *net, const struct past *before, const bool *is_kept,
                       int y, const float *weight, uint8_t *labels) {
  size_t positions = (size_t)net->height * (size_t)net->width;
  size_t start = (size_t)y * (size_t)net->width;
  for (int x = 0; x < net->width; x++) {
    const float *score = net->scores + start + (size_t)x;
    int winner = 0;
    for (int k = 1; k < net->count; k++)
      winner = score[(size_t)k * positions] > score[(size_t)winner * positions] ? k : winner;
    uint8_t past = before->labels[start + (size_t)x];
    labels[start + (size_t)x] = weight[x] > 0.5f && is_kept[past] ? past : net->classes[winner];
  }
}

bool fuse_word(struct fuse *fuse, const struct temporal_spec *spec, const struct word *word,
               const struct past *before, const float *confidence, int plane_height,
               int plane_width, const uint8_t *guide, struct past *now, double *disagreement,
               struct problem *problem) {
  int height = before->height, width = before->width, places[MOST_CLASSES];
  size_t positions = (size_t)height * (size_t)width;
  int64_t shown[MOST_CLASSES] = {0};
  bool is_kept[MOST_CLASSES] = {false};
  bool carries_labels = before->has_labels;
  struct past *net = carries_labels ? &fuse->net : now;
  if (!make_labels(fuse, 2 * positions, problem))
    return false;
  find_labels(before, fuse->labels);
  for (size_t i = 0; i < positions; i++)
    shown[fuse->labels[i]]++;
  if (!sample(fuse, word, shown, height, width, net, problem) ||
      (guide && !refine_scores(&fuse->refine, spec, guide, net, problem)) ||
      !taps_prepare(&fuse->plane_rows, height, placed(plane_height), plane_height, problem) ||
      !taps_prepare(&fuse->plane_columns, width, placed(plane_width), plane_width, problem) ||
      !make_lines(fuse, 2 * (size_t)width, problem) ||
      (carries_labels && !past_make_labels(now, height, width, problem)))
    return false;
  find_labels(net, fuse->labels + positions);
  *disagreement = disagreement_of(fuse->labels, fuse->labels + positions, positions);
  for (int k = 0; k < net->count; k++) {
    places[k] = -1;
    is_kept[net->classes[k]] = true;
    for (int p = 0; p < before->count; p++)
      if (before->classes[p] == net->classes[k])
        places[k] = p;
  }
  const struct weighing weighing = {
      .confidence = confidence,
      .plane_height = plane_height,
      .plane_width = plane_width,
      .past_weight = (float)weight_of_past(spec, word),
      .doubts = word->labels ? NULL : fuse->doubts,
      .rows = &fuse->plane_rows.axis,
      .columns = &fuse->plane_columns.axis,
  };
  float *weight = fuse->lines, *least = weight + width;
  for (int y = 0; y < height; y++) {
    weigh_row(&weighing, net, y, weight);
    if (carries_labels)
      choose_row(net, before, is_kept, y, weight, now->labels);
    else
      fuse_row(net, before, places, y, weight, least);
  }
  if (carries_labels)
    list_labels(now);
  return true;
}

void fuse_free(struct fuse *fuse) {
  taps_free(&fuse->grid_rows);
  taps_free(&fuse->grid_columns);
  taps_free(&fuse->plane_rows);
  taps_free(&fuse->plane_columns);
  past_free(&fuse->net);
  refine_free(&fuse->refine);
  free(fuse->lines);
  free(fuse->finite);
  free(fuse->labels);
  memset(fuse, 0, sizeof *fuse);
}
