#include "runs.h"

#include <string.h>

enum { LONGEST_RUN_BYTES = 11 }; /* a label and 10 bytes of LEB128 */

/* First pixel from `at` on with another label; eight at a time, as most runs are long. */
static size_t run_end(const uint8_t *mask, size_t at, size_t pixels, uint8_t label) {
  uint64_t same, eight;
  memset(&same, label, sizeof same);
  while (at + sizeof eight <= pixels) {
    memcpy(&eight, mask + at, sizeof eight);
    if (eight != same)
      break;
    at += sizeof eight;
  }
  while (at < pixels && mask[at] == label)
    at++;
  return at;
}

size_t runs_encode(const uint8_t *mask, size_t pixels, uint8_t *out, size_t capacity) {
  size_t used = 0;
  for (size_t at = 0; at < pixels;) {
    uint8_t run[LONGEST_RUN_BYTES];
    size_t bytes = 0;
    uint8_t label = mask[at];
    size_t end = run_end(mask, at + 1, pixels, label);
    run[bytes++] = label;
    size_t rest = end - at;
    for (; rest >= 0x80; rest >>= 7)
      run[bytes++] = (uint8_t)((rest & 0x7f) | 0x80);
    run[bytes++] = (uint8_t)rest;
    if (bytes > capacity - used)
      return RUNS_TOO_LONG;
    memcpy(out + used, run, bytes);
    used += bytes;
    at = end;
  }
  return used;
}
