#define _GNU_SOURCE
#include "wire.h"

#include <math.h>
#include <string.h>

#include "bytes.h"

bool wire_read_header(const uint8_t *header, uint32_t *body_bytes, uint8_t *type,
                      struct problem *problem) {
  struct byte_reader reader = {header, WIRE_HEADER_BYTES, false};
  uint32_t length = take_u32(&reader);
  *type = take_u8(&reader);
  if (length < 1 || length > WIRE_MOST_MESSAGE_BYTES)
    return refuse(problem, PROBLEM_MESSAGE, "A message of %u bytes came; 1 to %d are allowed.",
                  length, WIRE_MOST_MESSAGE_BYTES);
  *body_bytes = length - 1;
  return true;
}

static bool is_whole(const struct byte_reader *reader, const char *name, struct problem *problem) {
  if (reader->is_short)
    return refuse(problem, PROBLEM_MESSAGE, "The %s message is too short.", name);
  if (reader->left)
    return refuse(problem, PROBLEM_MESSAGE, "The %s message is %zu bytes too long.", name,
                  reader->left);
  return true;
}

bool wire_read_hello(const uint8_t *body, size_t bytes, const uint8_t *runner_hash,
                     struct problem *problem) {
  struct byte_reader reader = {body, bytes, false};
  char magic[4] = {0};
  uint8_t hash[WIRE_HASH_BYTES] = {0};
  take_bytes(&reader, magic, sizeof magic);
  uint16_t version = take_u16(&reader);
  /* Version before length: another version's HELLO may be longer, and is that first of all. */
  if (reader.is_short || memcmp(magic, "JNRP", sizeof magic) != 0)
    return refuse(problem, PROBLEM_MESSAGE, "Whoever called did not say HELLO as the studio does.");
  if (version != WIRE_VERSION)
    return refuse(problem, PROBLEM_VERSION,
                  "The computer speaks version %u of the protocol, this runner version %d.",
                  version, WIRE_VERSION);
  take_bytes(&reader, hash, sizeof hash);
  if (!is_whole(&reader, "HELLO", problem))
    return false;
  if (memcmp(hash, runner_hash, sizeof hash) != 0)
    return refuse(problem, PROBLEM_HASH,
                  "The computer expects a runner built from other sources than this one.");
  return true;
}

/* text16 that ends the message; a NUL within would cut the path short. */
static bool take_path(struct byte_reader *reader, char *path, const char *name,
                      struct problem *problem) {
  uint16_t bytes = take_u16(reader);
  if (!reader->is_short && bytes > WIRE_MOST_PATH_BYTES)
    return refuse(problem, PROBLEM_OPTIONS, "A path of %u bytes came; %d are allowed.", bytes,
                  WIRE_MOST_PATH_BYTES);
  take_bytes(reader, path, bytes);
  if (!is_whole(reader, name, problem))
    return false;
  path[bytes] = 0;
  if (bytes == 0 || memchr(path, 0, bytes))
    return refuse(problem, PROBLEM_OPTIONS, "A path came that is empty or holds a NUL.");
  return true;
}

static bool check_open(const struct open_message *open, struct problem *problem) {
  if (open->threads < 1 || open->threads > 64)
    return refuse(problem, PROBLEM_OPTIONS, "%u threads were asked for; 1 to 64 are allowed.",
                  open->threads);
  if (open->flags & ~(OPEN_XNNPACK | OPEN_MASKS_AT_MODEL_SIZE))
    return refuse(problem, PROBLEM_OPTIONS, "Flags 0x%02x are unknown.", open->flags);
  if (open->output_kind > OUTPUT_BINARY)
    return refuse(problem, PROBLEM_OPTIONS, "Output kind %u is unknown.", open->output_kind);
  if (open->input_height < 1 || open->input_height > WIRE_MOST_PICTURE_SIDE ||
      open->input_width < 1 || open->input_width > WIRE_MOST_PICTURE_SIDE)
    return refuse(problem, PROBLEM_OPTIONS, "An input of %u x %u is out of bounds.",
                  open->input_width, open->input_height);
  if (open->grid_height < 1 || open->grid_height > WIRE_MOST_PICTURE_SIDE ||
      open->grid_width < 1 || open->grid_width > WIRE_MOST_PICTURE_SIDE)
    return refuse(problem, PROBLEM_OPTIONS, "A grid of %u x %u is out of bounds.",
                  open->grid_width, open->grid_height);
  if (open->classes < 1 || open->classes > 255)
    return refuse(problem, PROBLEM_OPTIONS, "%u classes came; masks hold 1 to 255.",
                  open->classes);
  if (!(open->scale > 0.0f) || isinf(open->scale))
    return refuse(problem, PROBLEM_OPTIONS, "A scale of %g came.", (double)open->scale);
  if (open->temporal.mode != TEMPORAL_OFF && open->flags & OPEN_MASKS_AT_MODEL_SIZE)
    return refuse(problem, PROBLEM_OPTIONS,
                  "Masks at the model's size are not offered with the temporal engine.");
  return temporal_spec_check(&open->temporal, problem);
}

static bool take_flag(struct byte_reader *reader, bool *is_valid) {
  uint8_t value = take_u8(reader);
  *is_valid = *is_valid && value <= 1;
  return value == 1;
}

bool wire_read_open(const uint8_t *body, size_t bytes, struct open_message *open,
                    struct problem *problem) {
  static const uint8_t value_bytes[] = {0, 4, 1, 1, 2};
  struct byte_reader reader = {body, bytes, false};
  bool are_flags_valid = true;
  memset(open, 0, sizeof *open);
  open->threads = take_u8(&reader);
  open->flags = take_u8(&reader);
  open->cpu_mask = take_u64(&reader);
  open->warm_up = take_u16(&reader);
  open->input_channels_first = take_flag(&reader, &are_flags_valid);
  open->input_type = take_u8(&reader);
  open->swaps = take_flag(&reader, &are_flags_valid);
  open->output_kind = take_u8(&reader);
  open->output_channels_first = take_flag(&reader, &are_flags_valid);
  open->align_corners = take_flag(&reader, &are_flags_valid);
  open->input_height = take_u16(&reader);
  open->input_width = take_u16(&reader);
  open->output_index = take_u16(&reader);
  open->grid_height = take_u16(&reader);
  open->grid_width = take_u16(&reader);
  open->classes = take_u16(&reader);
  open->threshold = take_f32(&reader);
  open->scale = take_f32(&reader);
  open->zero_point = (int32_t)take_u32(&reader);
  temporal_spec_read(&reader, &open->temporal);
  if (reader.is_short)
    return is_whole(&reader, "OPEN", problem);
  /* The table's length hangs on the type, so nothing after it can be read without. */
  if (open->input_type < INPUT_FLOAT32 || open->input_type > INPUT_INT16)
    return refuse(problem, PROBLEM_OPTIONS, "Input type %u is unknown.", open->input_type);
  open->value_bytes = value_bytes[open->input_type];
  take_bytes(&reader, open->table, (size_t)256 * 3 * open->value_bytes);
  take_bytes(&reader, open->padding, open->value_bytes);
  if (!take_path(&reader, open->path, "OPEN", problem))
    return false;
  if (!are_flags_valid)
    return refuse(problem, PROBLEM_OPTIONS, "A layout or order came that is neither 0 nor 1.");
  return check_open(open, problem);
}

bool wire_read_frame_head(const uint8_t *body, size_t bytes, struct frame_head *head,
                          struct problem *problem) {
  struct byte_reader reader = {body, bytes, false};
  head->sequence = take_u32(&reader);
  head->host_micros = take_u64(&reader);
  head->index = take_u32(&reader);
  head->time_seconds = take_f64(&reader);
  head->width = take_u16(&reader);
  head->height = take_u16(&reader);
  head->fitted_width = take_u16(&reader);
  head->fitted_height = take_u16(&reader);
  head->encoding = take_u8(&reader);
  head->flags = take_u8(&reader);
  return is_whole(&reader, "FRAME", problem);
}

bool wire_read_play(const uint8_t *body, size_t bytes, struct play_message *play,
                    struct problem *problem) {
  struct byte_reader reader = {body, bytes, false};
  play->repeats = take_u32(&reader);
  if (!take_path(&reader, play->path, "PLAY", problem))
    return false;
  if (play->repeats < 1)
    return refuse(problem, PROBLEM_OPTIONS, "A PLAY of no repeats came.");
  return true;
}

bool wire_read_probe_head(const uint8_t *body, size_t bytes, struct probe_head *probe,
                          struct problem *problem) {
  struct byte_reader reader = {body, bytes, false};
  probe->token = take_u32(&reader);
  probe->reply_bytes = take_u32(&reader);
  if (!is_whole(&reader, "PROBE", problem))
    return false;
  if (probe->reply_bytes > WIRE_MOST_PROBE_BYTES)
    return refuse(problem, PROBLEM_MESSAGE, "A PROBE wants %u bytes back; %d are allowed.",
                  probe->reply_bytes, WIRE_MOST_PROBE_BYTES);
  return true;
}

/* Goes back to write the header once the length is known. */
static size_t finish(uint8_t *out, uint8_t type, const uint8_t *end, uint32_t more) {
  size_t bytes = (size_t)(end - out);
  put_number(out, bytes - 4 + more, 4);
  out[4] = type;
  return bytes;
}

size_t wire_write_ready(uint8_t *out, const uint8_t *runner_hash, uint32_t process, uint16_t cpus,
                        const char *litert_version) {
  uint8_t *at = put_number(out + WIRE_HEADER_BYTES, WIRE_VERSION, 2);
  size_t text_bytes = strnlen(litert_version, 100);
  memcpy(at, runner_hash, WIRE_HASH_BYTES);
  at = put_number(at + WIRE_HASH_BYTES, process, 4);
  at = put_number(at, cpus, 2);
  at = put_number(at, text_bytes, 2);
  memcpy(at, litert_version, text_bytes);
  return finish(out, TYPE_READY, at + text_bytes, 0);
}

size_t wire_write_opened(uint8_t *out, const struct opened_message *opened) {
  uint8_t *at = put_f32(out + WIRE_HEADER_BYTES, opened->load_millis);
  at = put_f32(at, opened->warm_up_millis);
  at = put_number(at, opened->has_xnnpack, 1);
  at = put_number(at, opened->has_cpu_mask, 1);
  at = put_number(at, opened->memory_kib, 4);
  at = put_number(at, opened->input_bytes, 4);
  at = put_number(at, opened->output_bytes, 4);
  return finish(out, TYPE_OPENED, at, 0);
}

size_t wire_write_result(uint8_t *out, const struct result_head *result, uint32_t more) {
  uint8_t *at = put_number(out + WIRE_HEADER_BYTES, result->sequence, 4);
  at = put_number(at, result->host_micros, 8);
  at = put_number(at, result->received_micros, 8);
  at = put_number(at, result->started_micros, 8);
  at = put_number(at, result->finished_micros, 8);
  at = put_f32(at, result->decode_millis);
  at = put_f32(at, result->preprocess_millis);
  at = put_f32(at, result->invoke_millis);
  at = put_f32(at, result->plane_millis);
  at = put_f32(at, result->flow_millis);
  at = put_f32(at, result->warp_millis);
  at = put_f32(at, result->decide_millis);
  at = put_f32(at, result->fuse_millis);
  at = put_f32(at, result->postprocess_millis);
  at = put_number(at, result->trigger, 1);
  at = put_number(at, result->cpu, 1);
  at = put_number(at, result->clock_khz, 4);
  at = put_number(at, result->memory_kib, 4);
  at = put_number(at, result->mask_width, 2);
  at = put_number(at, result->mask_height, 2);
  return finish(out, TYPE_RESULT, at, more);
}

size_t wire_write_refused(uint8_t *out, const struct problem *problem) {
  size_t text_bytes = strnlen(problem->text, sizeof problem->text);
  uint8_t *at = put_number(out + WIRE_HEADER_BYTES, problem->code, 2);
  memcpy(at, problem->text, text_bytes);
  return finish(out, TYPE_REFUSED, at + text_bytes, 0);
}

size_t wire_write_probed(uint8_t *out, uint32_t token, uint64_t runner_micros, uint32_t more) {
  uint8_t *at = put_number(out + WIRE_HEADER_BYTES, token, 4);
  at = put_number(at, runner_micros, 8);
  return finish(out, TYPE_PROBED, at, more);
}

size_t wire_write_output(uint8_t *out, uint32_t sequence, uint32_t more) {
  return finish(out, TYPE_OUTPUT, put_number(out + WIRE_HEADER_BYTES, sequence, 4), more);
}
