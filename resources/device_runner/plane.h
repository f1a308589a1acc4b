/* The luma plane on which motion is sought; equal to studio/temporal/plane.py to the last bit. */
#ifndef RUNNER_PLANE_H
#define RUNNER_PLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

/* Zero-initialized before first use. */
struct plane {
  uint16_t *sums; /* [sums_room], sums over the rows of a box */
  size_t sums_room;
};

/* Size of the plane of frames of a size, with about so many pixels. */
void plane_size(int frame_height, int frame_width, int pixels, int *height, int *width);

/* Mean luma of the boxes into which a picture falls.

   `channels` is 1 for luma and 3 for BGR, uint8 [frame_height, frame_width, channels]; `out` is
   uint8 [height, width], at most as large as the picture. */
bool plane_write(struct plane *plane, const uint8_t *picture, int frame_height, int frame_width,
                 int channels, int height, int width, uint8_t *out, struct problem *problem);

/* Whether all but one in 2,048 pixels of two planes differ by no more than so many grey levels, and
   none by more than 4 times as many. */
bool plane_is_still(const uint8_t *a, const uint8_t *b, size_t pixels, double level);

/* Mean absolute difference of two planes, in grey levels. */
double plane_change(const uint8_t *a, const uint8_t *b, size_t pixels);

void plane_free(struct plane *plane);

#endif
