/* How strong a picture's contrast is: studio/temporal/contrast.py. */
#ifndef RUNNER_CONTRAST_H
#define RUNNER_CONTRAST_H

#include <stddef.h>
#include <stdint.h>

/* What grey levels of a picture, uint8 [pixels], are to be multiplied by: 1 to 8. */
double contrast_gain(const uint8_t *plane, size_t pixels);

/* Lowers a level of grey to a picture's contrast, down to 2 grey levels. */
double level_at(double gain, double level);

#endif
