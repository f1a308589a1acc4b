/* Feeds broken streams to the runner's real session, both its threads, for a while.

   usage: fuzz_session SECONDS SEED STREAM...

   Each stream is what a computer may say in a session. In every run a few of its messages are
   changed: bytes flipped, numbers set to extremes, bodies cut or grown with the length told right
   or wrong, messages doubled, dropped, swapped between streams. Sanitizers end the program at the
   first finding; then the stream that did it lies in `finding.bin`. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "session.h"
#include "stats.h"

enum { MOST_STREAMS = 16, MOST_BYTES = 1 << 16, MOST_INVOKES = 100 };

struct bytes {
  uint8_t data[MOST_BYTES];
  size_t count;
};

static struct bytes streams[MOST_STREAMS];
static uint64_t random_state;
static int invokes_left;
static int (*real_invoke)(TfLiteInterpreter *);

/* Reference: Marsaglia, Xorshift RNGs (2003). */
static uint32_t random_below(uint32_t limit) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 32) % limit;
}

/* 65535 warm-up runs are nothing wrong, but nothing new either. */
static int limited_invoke(TfLiteInterpreter *interpreter) {
  return invokes_left-- > 0 ? real_invoke(interpreter) : 1;
}

static bool load(struct bytes *stream, const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file)
    return false;
  stream->count = fread(stream->data, 1, sizeof stream->data, file);
  fclose(file);
  return stream->count > 0;
}

static void append(struct bytes *out, const uint8_t *data, size_t count) {
  size_t room = sizeof out->data - out->count;
  count = count < room ? count : room;
  memcpy(out->data + out->count, data, count);
  out->count += count;
}

/* Where a message starts; streams are valid before they are broken. */
static size_t next_message(const struct bytes *stream, size_t at) {
  struct byte_reader reader = {stream->data + at, stream->count - at, false};
  size_t length = take_u32(&reader);
  size_t end = at + 4 + length;
  return reader.is_short || end > stream->count ? stream->count : end;
}

static void set_extreme(uint8_t *at, size_t left) {
  static const uint64_t extremes[] = {0, 1, 2, 7, 8, 9, 127, 128, 255, 256, 8192, 8193,
                                      32767, 65535, 1u << 24, 1u << 26, UINT32_MAX, UINT64_MAX};
  size_t width = (size_t)1 << random_below(4);
  uint64_t value = extremes[random_below(sizeof extremes / sizeof *extremes)];
  put_number(at, value, width < left ? width : left);
}

/* Changes the body, and now and then the header, of one message. */
static void spoil(struct bytes *message) {
  for (uint32_t times = 1 + random_below(3); times > 0; times--) {
    size_t count = message->count;
    size_t at = random_below((uint32_t)count);
    /* Heads decide more than pixels do. */
    if (random_below(3) && count > 60)
      at = random_below(60);
    switch (random_below(7)) {
    case 0:
      message->data[at] ^= (uint8_t)(1u << random_below(8));
      break;
    case 1:
      message->data[at] = (uint8_t)random_below(256);
      break;
    case 2:
    case 3:
      set_extreme(message->data + at, count - at);
      break;
    case 4: /* cut, with the length told right */
      message->count = at > WIRE_HEADER_BYTES ? at : WIRE_HEADER_BYTES;
      put_number(message->data, message->count - 4, 4);
      break;
    case 5: /* cut, with the length left wrong */
      message->count = at + 1;
      break;
    default: /* grown */
      append(message, streams[0].data, random_below(40));
      put_number(message->data, message->count - 4, 4);
    }
  }
  /* For the same reason no file is played more than 255 times. */
  if (message->count > 8 && message->data[4] == TYPE_PLAY)
    memset(message->data + 6, 0, 3);
}

static void break_stream(const struct bytes *stream, struct bytes *out) {
  static struct bytes message;
  uint32_t spoil_one_in = 2 + random_below(8);
  out->count = 0;
  for (size_t at = 0, end; at < stream->count; at = end) {
    end = next_message(stream, at);
    /* The greeting stays whole mostly, as nothing behind a broken one is ever read. */
    bool may_break = at > 0 ? random_below(spoil_one_in) == 0 : random_below(50) == 0;
    message.count = 0;
    append(&message, stream->data + at, end - at);
    if (may_break && random_below(10) == 0)
      continue;
    if (may_break)
      spoil(&message);
    append(out, message.data, message.count);
    if (may_break && random_below(10) == 0)
      append(out, message.data, message.count);
  }
}

static void keep(const struct bytes *stream) {
  int file = open("finding.bin", O_CREAT | O_TRUNC | O_WRONLY, 0600);
  if (file < 0 || write(file, stream->data, stream->count) < 0)
    abort();
  close(file);
}

int main(int count, char **values) {
  static struct bytes broken;
  struct tflite api;
  struct problem problem = {0};
  uint8_t hash[WIRE_HASH_BYTES];
  if (count < 4 || count - 3 > MOST_STREAMS || !tflite_load(&api, &problem)) {
    fprintf(stderr, "usage: fuzz_session SECONDS SEED STREAM... %s\n", problem.text);
    return 2;
  }
  real_invoke = api.invoke;
  api.invoke = limited_invoke;
  uint32_t stream_count = (uint32_t)count - 3;
  uint64_t until = now_micros() + strtoull(values[1], NULL, 10) * 1000000u;
  random_state = strtoull(values[2], NULL, 10) * 2654435761u + 1;
  for (size_t i = 0; i < sizeof hash; i++)
    hash[i] = (uint8_t)i;
  for (uint32_t i = 0; i < stream_count; i++)
    if (!load(&streams[i], values[i + 3]))
      return 2;
  int nowhere = open("/dev/null", O_WRONLY);
  uint64_t runs = 0;
  for (; now_micros() < until; runs++) {
    break_stream(&streams[random_below(stream_count)], &broken);
    keep(&broken);
    invokes_left = MOST_INVOKES;
    int in = open("finding.bin", O_RDONLY);
    bool has_begun = session_run(in, nowhere, &api, &problem, hash);
    close(in);
    if (!has_begun)
      return 3;
  }
  unlink("finding.bin");
  printf("%" PRIu64 " sessions\n", runs);
  return 0;
}
