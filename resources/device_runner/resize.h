/* Bilinear resize of BGR pictures, equal to OpenCV's INTER_LINEAR to the last bit. */
#ifndef RUNNER_RESIZE_H
#define RUNNER_RESIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/* Tables for one pair of sizes. Zero-initialized before first use. */
struct resize {
  int width, height;             /* of the picture */
  int fitted_width, fitted_height;
  int32_t *left, *right;         /* [fitted_width], offsets in a row of the picture */
  int16_t *left_weight, *right_weight; /* [fitted_width], in 1/2048 */
  int32_t *rows[2];              /* [fitted_width * 3], rows resized horizontally */
  int row_index[2];              /* which rows of the picture those are; -1: none */
};

/* Prepares the tables; does nothing when they are there already. */
bool resize_prepare(struct resize *resize, int width, int height, int fitted_width,
                    int fitted_height, struct problem *problem);

/* Forgets rows that were kept from the last picture. */
void resize_start_picture(struct resize *resize);

/* Writes row `y` of the small picture to `out`, uint8 [fitted_width * 3]; y must not decrease. */
void resize_row(struct resize *resize, const uint8_t *picture, int y, uint8_t *out);

void resize_free(struct resize *resize);

#endif
