/* Masks as runs: a label and how often it follows, row by row. */
#ifndef RUNNER_RUNS_H
#define RUNNER_RUNS_H

#include <stddef.h>
#include <stdint.h>

#define RUNS_TOO_LONG SIZE_MAX

/* Writes `pixels` labels as runs to `out`, which holds `capacity` bytes. Returns how many bytes it
   took, or RUNS_TOO_LONG. Two bytes a pixel are always enough. */
size_t runs_encode(const uint8_t *mask, size_t pixels, uint8_t *out, size_t capacity);

#endif
