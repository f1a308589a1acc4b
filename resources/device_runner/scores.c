#include "scores.h"

#include <string.h>

#include "tflite.h"

enum { VOID_LABEL = 255 };

size_t score_bytes(int type) {
  switch (type) {
  case TFLITE_FLOAT32:
    return 4;
  case TFLITE_FLOAT16:
  case TFLITE_INT16:
    return 2;
  case TFLITE_UINT8:
  case TFLITE_INT8:
    return 1;
  default:
    return 0;
  }
}

size_t label_bytes(int type) {
  switch (type) {
  case TFLITE_INT64:
    return 8;
  case TFLITE_INT32:
  case TFLITE_UINT32:
    return 4;
  case TFLITE_INT16:
  case TFLITE_UINT16:
    return 2;
  case TFLITE_UINT8:
  case TFLITE_INT8:
  case TFLITE_BOOL:
    return 1;
  default:
    return 0;
  }
}

/* By hand, as not every compiler knows the type; every half-precision value is a float. */
static float half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 0x1f, fraction = half & 0x3ff, bits;
  float value;
  if (exponent == 0) { /* zero or subnormal: fraction * 2^-24, exact in float */
    value = (float)fraction * 0x1p-24f;
    return sign ? -value : value;
  }
  bits = sign | (exponent == 0x1f ? 0x7f800000u : (exponent + 112) << 23) | fraction << 13;
  memcpy(&value, &bits, sizeof value);
  return value;
}

#define EACH(TYPE, EXPRESSION)                                                                   \
  do {                                                                                           \
    const TYPE *values = data;                                                                   \
    for (size_t i = 0; i < count; i++) {                                                         \
      TYPE value = values[i];                                                                    \
      out[i * step] = EXPRESSION;                                                                \
    }                                                                                            \
  } while (0)

void scores_to_float(const void *data, int type, size_t count, float *out, size_t step) {
  if (type == TFLITE_FLOAT32)
    EACH(float, value);
  else if (type == TFLITE_FLOAT16)
    EACH(uint16_t, half_to_float(value));
  else if (type == TFLITE_INT16)
    EACH(int16_t, (float)value);
  else if (type == TFLITE_UINT8)
    EACH(uint8_t, (float)value);
  else
    EACH(int8_t, (float)value);
}

static uint8_t label_of(int64_t value, int classes) {
  return value < 0 || value >= classes ? VOID_LABEL : (uint8_t)value;
}

void labels_to_bytes(const void *data, int type, size_t count, int classes, uint8_t *out) {
  const size_t step = 1;
  if (type == TFLITE_INT64)
    EACH(int64_t, label_of(value, classes));
  else if (type == TFLITE_INT32)
    EACH(int32_t, label_of(value, classes));
  else if (type == TFLITE_UINT32)
    EACH(uint32_t, label_of(value, classes));
  else if (type == TFLITE_INT16)
    EACH(int16_t, label_of(value, classes));
  else if (type == TFLITE_UINT16)
    EACH(uint16_t, label_of(value, classes));
  else if (type == TFLITE_INT8)
    EACH(int8_t, label_of(value, classes));
  else
    EACH(uint8_t, label_of(value, classes));
}
