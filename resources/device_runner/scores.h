/* Stored output values of any type as float scores or as labels. */
#ifndef RUNNER_SCORES_H
#define RUNNER_SCORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of one value; 0 for types that hold no scores or labels. Types are enum tflite_type. */
size_t score_bytes(int type);
size_t label_bytes(int type);

/* Stored scores as float. Quantized ones need no dequantizing: one scale for all classes does not
   change which is highest. Value i goes to out[i * step]. */
void scores_to_float(const void *data, int type, size_t count, float *out, size_t step);

/* Stored labels as uint8; those outside 0..classes-1 become 255. */
void labels_to_bytes(const void *data, int type, size_t count, int classes, uint8_t *out);

#endif
