/* The messages of protocol.md as structures: parsing the computer's, packing the runner's.
   Nothing here reads or writes a file, so that tests and fuzzing reach every byte of it. */
#ifndef RUNNER_WIRE_H
#define RUNNER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"
#include "temporal_spec.h"

enum {
  WIRE_VERSION = 2,
  WIRE_HASH_BYTES = 32,
  WIRE_MOST_MESSAGE_BYTES = 1 << 26,
  WIRE_MOST_PROBE_BYTES = 1 << 24,
  WIRE_MOST_PICTURE_SIDE = 8192,
  WIRE_MOST_PATH_BYTES = 4095,
  WIRE_HEADER_BYTES = 5,
  WIRE_HELLO_BYTES = 38,
  WIRE_FRAME_HEAD_BYTES = 34,
  WIRE_PROBE_HEAD_BYTES = 8,
  WIRE_MOST_OPEN_BYTES = 80 * 1024, /* its table and a text16, with room to spare */
  WIRE_MOST_REPLY_HEAD_BYTES = 512,
};

enum {
  TYPE_HELLO = 1,
  TYPE_OPEN = 2,
  TYPE_FRAME = 3,
  TYPE_PLAY = 4,
  TYPE_PROBE = 5,
  TYPE_CLOSE = 6,
  TYPE_READY = 129,
  TYPE_OPENED = 130,
  TYPE_RESULT = 131,
  TYPE_REFUSED = 132,
  TYPE_PROBED = 133,
  TYPE_OUTPUT = 134,
};

enum { OPEN_XNNPACK = 1, OPEN_MASKS_AT_MODEL_SIZE = 2 };
enum { INPUT_FLOAT32 = 1, INPUT_UINT8 = 2, INPUT_INT8 = 3, INPUT_INT16 = 4 };
enum { OUTPUT_LOGITS = 0, OUTPUT_LABELS = 1, OUTPUT_BINARY = 2 };
enum { FRAME_BGR = 1, FRAME_JPEG = 2 };
enum { FRAME_NO_MASK = 1, FRAME_WITH_OUTPUT = 2, FRAME_RESTART = 4 };

/* OPEN: the model to load, and how its input and output are meant. */
struct open_message {
  uint8_t threads;
  uint8_t flags;
  uint64_t cpu_mask;
  uint16_t warm_up;
  bool input_channels_first;
  uint8_t input_type;
  uint8_t value_bytes; /* of one input value, from its type */
  bool swaps;
  uint8_t output_kind;
  bool output_channels_first;
  bool align_corners;
  uint16_t input_height, input_width;
  uint16_t output_index;
  uint16_t grid_height, grid_width;
  uint16_t classes;
  float threshold;
  float scale; /* logit per stored unit of the output */
  int32_t zero_point;
  struct temporal_spec temporal;
  _Alignas(4) uint8_t table[256 * 3 * 4]; /* [256, 3] of the input's type */
  uint8_t padding[4];
  char path[WIRE_MOST_PATH_BYTES + 1];
};

/* FRAME without its picture. */
struct frame_head {
  uint32_t sequence;
  uint64_t host_micros;
  uint32_t index; /* of the frame in its video */
  double time_seconds;
  uint16_t width, height;
  uint16_t fitted_width, fitted_height;
  uint8_t encoding;
  uint8_t flags;
};

struct play_message {
  uint32_t repeats;
  char path[WIRE_MOST_PATH_BYTES + 1];
};

struct probe_head {
  uint32_t token;
  uint32_t reply_bytes;
};

/* OPENED */
struct opened_message {
  float load_millis, warm_up_millis;
  bool has_xnnpack, has_cpu_mask;
  uint32_t memory_kib, input_bytes, output_bytes;
};

/* RESULT without the runs of its mask. */
struct result_head {
  uint32_t sequence;
  uint64_t host_micros, received_micros, started_micros, finished_micros;
  float decode_millis, preprocess_millis, invoke_millis;
  float plane_millis, flow_millis, warp_millis, decide_millis, fuse_millis;
  float postprocess_millis;
  uint8_t trigger;
  uint8_t cpu;
  uint32_t clock_khz, memory_kib;
  uint16_t mask_width, mask_height;
};

/* The computer's messages. False with a problem when the body is not one. */
bool wire_read_header(const uint8_t *header, uint32_t *body_bytes, uint8_t *type,
                      struct problem *problem);
bool wire_read_hello(const uint8_t *body, size_t bytes, const uint8_t *runner_hash,
                     struct problem *problem);
bool wire_read_open(const uint8_t *body, size_t bytes, struct open_message *open,
                    struct problem *problem);
bool wire_read_frame_head(const uint8_t *body, size_t bytes, struct frame_head *head,
                          struct problem *problem);
bool wire_read_play(const uint8_t *body, size_t bytes, struct play_message *play,
                    struct problem *problem);
bool wire_read_probe_head(const uint8_t *body, size_t bytes, struct probe_head *probe,
                          struct problem *problem);

/* The runner's messages. Each writes the message's header and its fixed part to `out`, which holds
   WIRE_MOST_REPLY_HEAD_BYTES, and returns how many bytes that took; `more` bytes follow it. */
size_t wire_write_ready(uint8_t *out, const uint8_t *runner_hash, uint32_t process, uint16_t cpus,
                        const char *litert_version);
size_t wire_write_opened(uint8_t *out, const struct opened_message *opened);
size_t wire_write_result(uint8_t *out, const struct result_head *result, uint32_t more);
size_t wire_write_refused(uint8_t *out, const struct problem *problem);
size_t wire_write_probed(uint8_t *out, uint32_t token, uint64_t runner_micros, uint32_t more);
size_t wire_write_output(uint8_t *out, uint32_t sequence, uint32_t more);

#endif
