/* Patches of 8 x 8 pixels that look for themselves in the frame before. */
#ifndef RUNNER_PATCHES_H
#define RUNNER_PATCHES_H

#include <stdint.h>

enum { PATCH = 8, PATCH_STRIDE = 4, PATCH_PIXELS = PATCH * PATCH };
enum { FLOW_MARGIN = PATCH + 2 }; /* a patch may lie just outside the plane */

/* How many patches lie along a side, and where one of them begins. */
int patch_count(int length);
int patch_origin(int index, int length);

/* A level of the search; planes are padded by FLOW_MARGIN, `stride` pixels from row to row. */
struct patch_level {
  int height, width, rows, columns, stride;
  int halvings;                              /* of the whole plane */
  const int16_t *values, *along_x, *along_y; /* of the present frame: 1/16 grey level, gradients */
  const uint8_t *previous;
  const int16_t *guess; /* [plane height, plane width, 2], or NULL */
  int guess_height, guess_width;
};

/* Bilinear samples, int16 [64], of a patch at a displacement in 1/16 pixel, in 1/16 grey level;
   `start` is where the patch lies in a padded plane. */
void sample_patch(const uint8_t *plane, int64_t start, int stride, int64_t x, int64_t y,
                  int16_t *restrict samples);

/* Copies the 64 values of a patch to where they lie one after another. */
void copy_patch(const int16_t *plane, int64_t start, int stride, int16_t *restrict out);

/* Displacement of each patch, found, int32 [rows, columns, 2], from where it starts there; there
   and back, so that good ones spread. errors is int64 [rows, columns], written. */
void search_patches(const struct patch_level *level, uint32_t iterations, int32_t *found,
                    int64_t *errors);

#endif
