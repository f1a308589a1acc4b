/* Little-endian numbers in a stretch of bytes, whatever the byte order of the machine. */
#ifndef RUNNER_BYTES_H
#define RUNNER_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Reads front to back; past the end it gives zeros and remembers that it was asked for more. */
struct byte_reader {
  const uint8_t *at;
  size_t left;
  bool is_short;
};

static inline uint64_t take_number(struct byte_reader *reader, size_t bytes) {
  uint64_t value = 0;
  if (reader->left < bytes) {
    reader->is_short = true;
    reader->left = 0;
    return 0;
  }
  for (size_t i = 0; i < bytes; i++)
    value |= (uint64_t)reader->at[i] << (8 * i);
  reader->at += bytes;
  reader->left -= bytes;
  return value;
}

static inline uint8_t take_u8(struct byte_reader *reader) {
  return (uint8_t)take_number(reader, 1);
}
static inline uint16_t take_u16(struct byte_reader *reader) {
  return (uint16_t)take_number(reader, 2);
}
static inline uint32_t take_u32(struct byte_reader *reader) {
  return (uint32_t)take_number(reader, 4);
}
static inline uint64_t take_u64(struct byte_reader *reader) { return take_number(reader, 8); }

static inline float take_f32(struct byte_reader *reader) {
  uint32_t bits = take_u32(reader);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline double take_f64(struct byte_reader *reader) {
  uint64_t bits = take_u64(reader);
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline void take_bytes(struct byte_reader *reader, void *out, size_t bytes) {
  if (reader->left < bytes) {
    reader->is_short = true;
    reader->left = 0;
    return;
  }
  memcpy(out, reader->at, bytes);
  reader->at += bytes;
  reader->left -= bytes;
}

static inline uint8_t *put_number(uint8_t *out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++)
    out[i] = (uint8_t)(value >> (8 * i));
  return out + bytes;
}

static inline uint8_t *put_f32(uint8_t *out, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return put_number(out, bits, 4);
}

#endif
