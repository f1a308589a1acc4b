/* The runner's modules for ctypes: messages go in as bytes, as the computer packs them, so that no
   structure of C is described twice. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "jpeg.h"
#include "postprocess.h"
#include "preprocess.h"

static int said(const struct problem *problem, char *words) {
  memcpy(words, problem->text, sizeof problem->text);
  return problem->code;
}

/* Each returns 0, or the code of the problem with its words, char [400]. */
int shim_preprocess(const uint8_t *open_body, size_t open_bytes, const uint8_t *frame_head,
                    const uint8_t *picture, void *tensor, char *words) {
  static struct open_message open;
  struct preprocess preprocess = {0};
  struct frame_head head;
  struct problem problem = {0};
  if (wire_read_open(open_body, open_bytes, &open, &problem) &&
      wire_read_frame_head(frame_head, WIRE_FRAME_HEAD_BYTES, &head, &problem))
    preprocess_write(&preprocess, &open, &head, picture, tensor, &problem);
  preprocess_free(&preprocess);
  return said(&problem, words);
}

int shim_mask(const uint8_t *open_body, size_t open_bytes, const uint8_t *frame_head,
              const void *data, size_t bytes, int type, uint8_t *mask, char *words) {
  static struct open_message open;
  struct postprocess postprocess = {0};
  struct frame_head head;
  struct problem problem = {0};
  struct output output = {data, bytes, type};
  if (wire_read_open(open_body, open_bytes, &open, &problem) &&
      wire_read_frame_head(frame_head, WIRE_FRAME_HEAD_BYTES, &head, &problem) &&
      postprocess_prepare(&postprocess, &open, &problem) &&
      postprocess_mask(&postprocess, &open, &head, &output, &problem))
    memcpy(mask, postprocess.mask,
           (size_t)postprocess.mask_width * (size_t)postprocess.mask_height);
  postprocess_free(&postprocess);
  return said(&problem, words);
}

int shim_jpeg(const uint8_t *frame_head, const uint8_t *data, size_t bytes, uint8_t *pixels,
              char *words) {
  struct jpeg jpeg = {0};
  struct frame frame = {0};
  struct problem problem = {0};
  if (wire_read_frame_head(frame_head, WIRE_FRAME_HEAD_BYTES, &frame.head, &problem) &&
      jpeg_make_room(&jpeg, bytes, &problem)) {
    memcpy(jpeg.data, data, bytes);
    if (jpeg_decode(&jpeg, bytes, &frame, &problem))
      memcpy(pixels, frame.pixels, (size_t)frame.head.width * frame.head.height * 3);
  }
  jpeg_free(&jpeg);
  frame_free(&frame);
  return said(&problem, words);
}

static void describe_open(const struct open_message *open, char *words) {
  size_t table = 0;
  for (size_t i = 0; i < (size_t)768 * open->value_bytes; i++)
    table += open->table[i] * (i % 251 + 1);
  const struct temporal_spec *temporal = &open->temporal;
  snprintf(words, 800,
           "threads %u flags %u cpus %" PRIx64 " warm %u input %ux%u type %u first %d swaps %d "
           "kind %u first %d corners %d index %u grid %ux%u classes %u threshold %a table %zu "
           "padding %u scale %a zero %d mode %u carries %u plane %u canvas %u iterations %u "
           "gaps %u %u %u doubtful %u needed %u anchor %u seconds %g still %g limits %g %g %g %g %g %g cut %g "
           "decay %g weight %g share %g gain %g radius %u contrast %g path %.100s",
           open->threads, open->flags, open->cpu_mask, open->warm_up, open->input_height,
           open->input_width, open->input_type, open->input_channels_first, open->swaps,
           open->output_kind, open->output_channels_first, open->align_corners,
           open->output_index, open->grid_height, open->grid_width, open->classes,
           (double)open->threshold, table, open->padding[0], (double)open->scale,
           open->zero_point, temporal->mode, temporal->carries, temporal->plane_pixels,
           temporal->canvas_pixels, temporal->flow_iterations, temporal->shortest_gap,
           temporal->longest_gap, temporal->still_gap, temporal->doubtful_gap, temporal->triggers_needed,
           temporal->anchor_gap, temporal->longest_gap_seconds, temporal->still_level,
           temporal->difference_limit, temporal->residual_limit, temporal->flow_limit,
           temporal->area_limit, temporal->forward_backward_limit,
           temporal->disagreement_limit, temporal->cut_level,
           temporal->confidence_decay, temporal->past_weight, temporal->uncertainty_share,
           temporal->refine_gain, temporal->refine_radius, temporal->refine_contrast, open->path);
}

/* What the runner understands of one of the computer's messages, in words, char [800]. */
int shim_describe(const uint8_t *message, size_t bytes, const uint8_t *runner_hash, char *words) {
  static struct open_message open;
  struct frame_head frame;
  struct play_message play;
  struct probe_head probe;
  struct problem problem = {0};
  uint32_t body_bytes = 0;
  uint8_t type = 0;
  if (!wire_read_header(message, &body_bytes, &type, &problem))
    return said(&problem, words);
  const uint8_t *body = message + WIRE_HEADER_BYTES;
  size_t there = bytes - WIRE_HEADER_BYTES;
  if (body_bytes != there)
    return snprintf(words, 400, "%zu bytes instead of %u", there, body_bytes);
  if (type == TYPE_HELLO && wire_read_hello(body, there, runner_hash, &problem))
    snprintf(words, 400, "hello");
  else if (type == TYPE_OPEN && wire_read_open(body, there, &open, &problem))
    describe_open(&open, words);
  else if (type == TYPE_FRAME &&
           wire_read_frame_head(body, WIRE_FRAME_HEAD_BYTES, &frame, &problem))
    snprintf(words, 400,
             "sequence %u host %" PRIu64 " index %u time %g size %ux%u fitted %ux%u encoding %u flags %u "
             "picture %zu",
             frame.sequence, frame.host_micros, frame.index, frame.time_seconds, frame.height, frame.width, frame.fitted_height,
             frame.fitted_width, frame.encoding, frame.flags, there - WIRE_FRAME_HEAD_BYTES);
  else if (type == TYPE_PLAY && wire_read_play(body, there, &play, &problem))
    snprintf(words, 400, "repeats %u path %.300s", play.repeats, play.path);
  else if (type == TYPE_PROBE &&
           wire_read_probe_head(body, WIRE_PROBE_HEAD_BYTES, &probe, &problem))
    snprintf(words, 400, "token %u reply %u payload %zu", probe.token, probe.reply_bytes,
             there - WIRE_PROBE_HEAD_BYTES);
  else if (type == TYPE_CLOSE && there == 0)
    snprintf(words, 400, "close");
  else
    return problem.code ? said(&problem, words) : -1;
  return 0;
}

/* One of the runner's messages with the values that the test knows; returns its length. */
size_t shim_reply(int type, uint8_t *out) {
  uint8_t hash[WIRE_HASH_BYTES];
  struct opened_message opened = {12.5f, 3.25f, true, false, 2048, 196608, 6069};
  struct result_head result = {.sequence = 5,
                               .host_micros = 0x1122334455667788u,
                               .received_micros = 2,
                               .started_micros = 3,
                               .finished_micros = 4,
                               .decode_millis = 0.5f,
                               .preprocess_millis = 1.25f,
                               .invoke_millis = 30.0f,
                               .plane_millis = 0.125f,
                               .flow_millis = 0.25f,
                               .warp_millis = 0.375f,
                               .decide_millis = 0.625f,
                               .fuse_millis = 0.75f,
                               .postprocess_millis = 2.5f,
                               .trigger = TRIGGER_DIFFERENCE,
                               .cpu = 6,
                               .clock_khz = 2457600,
                               .memory_kib = 9,
                               .mask_width = 3,
                               .mask_height = 2};
  struct problem problem = {0};
  memset(hash, 'h', sizeof hash);
  switch (type) {
  case TYPE_READY:
    return wire_write_ready(out, hash, 77, 8, "2.0.3");
  case TYPE_OPENED:
    return wire_write_opened(out, &opened);
  case TYPE_RESULT: {
    size_t bytes = wire_write_result(out, &result, 2);
    out[bytes] = 0;
    out[bytes + 1] = 6;
    return bytes + 2;
  }
  case TYPE_REFUSED:
    refuse(&problem, PROBLEM_MODEL, "no model at %s", "/data");
    return wire_write_refused(out, &problem);
  case TYPE_PROBED: {
    size_t bytes = wire_write_probed(out, 9, 123, 10);
    memset(out + bytes, 0, 10);
    return bytes + 10;
  }
  default: {
    size_t bytes = wire_write_output(out, 5, 6);
    memcpy(out + bytes, "tensor", 6);
    return bytes + 6;
  }
  }
}
