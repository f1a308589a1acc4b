/* The working thread: everything that takes time, measured stage by stage. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "postprocess.h"
#include "preprocess.h"
#include "runs.h"
#include "session.h"
#include "stats.h"
#include "temporal.h"

struct worker {
  struct session *session;
  struct model model;
  struct preprocess preprocess;
  struct postprocess postprocess;
  struct temporal temporal;
  struct frame frame;
  uint8_t *runs;
  size_t runs_capacity;
};

static bool send_refusal(struct worker *worker, const struct problem *problem) {
  uint8_t message[WIRE_MOST_REPLY_HEAD_BYTES];
  size_t bytes = wire_write_refused(message, problem);
  return link_write(&worker->session->link, message, bytes, NULL, 0);
}

/* Says why, and that the work cannot go on. */
static bool finish(struct worker *worker, const struct problem *problem) {
  send_refusal(worker, problem);
  return false;
}

static bool warm_up(struct worker *worker, struct problem *problem) {
  const struct open_message *open = &worker->session->open;
  for (unsigned i = 0; i < open->warm_up; i++) {
    preprocess_blank(open, model_input(&worker->model));
    if (!model_invoke(&worker->model, problem))
      return false;
  }
  return true;
}

/* An output whose size the file leaves open has none before the first run. */
static bool check_output(struct worker *worker, struct output *output, struct problem *problem) {
  const struct open_message *open = &worker->session->open;
  if (model_output(&worker->model, open, output, problem))
    return true;
  if (open->warm_up > 0)
    return false;
  preprocess_blank(open, model_input(&worker->model));
  return model_invoke(&worker->model, problem) &&
         model_output(&worker->model, open, output, problem);
}

static bool open_model(struct worker *worker) {
  struct session *session = worker->session;
  const struct open_message *open = &session->open;
  struct opened_message opened = {0};
  struct problem problem;
  struct output output;
  uint8_t message[WIRE_MOST_REPLY_HEAD_BYTES];
  uint64_t started = now_micros();
  /* First of all, so that the threads that LiteRT starts inherit it. The receiving thread stays
     free: on the same cores it would take its time from the network's. */
  opened.has_cpu_mask = open->cpu_mask && stay_on_cpus(open->cpu_mask);
  if (!model_open(&worker->model, session->api, open, &problem))
    return finish(worker, &problem);
  uint64_t loaded = now_micros();
  if (!warm_up(worker, &problem))
    return finish(worker, &problem);
  uint64_t warm = now_micros();
  /* Memory last: until here the size of the grid is only something that was said. */
  if (!check_output(worker, &output, &problem) ||
      !postprocess_prepare(&worker->postprocess, open, &problem))
    return finish(worker, &problem);
  temporal_prepare(&worker->temporal, &open->temporal);
  opened.load_millis = millis_between(started, loaded);
  opened.warm_up_millis = millis_between(loaded, warm);
  opened.has_xnnpack = worker->model.xnnpack != NULL;
  opened.memory_kib = memory_kib();
  opened.input_bytes =
      (uint32_t)((size_t)open->input_height * open->input_width * 3 * open->value_bytes);
  opened.output_bytes = (uint32_t)output.bytes;
  return link_write(&session->link, message, wire_write_opened(message, &opened), NULL, 0);
}

/* The mask as runs, in `runs`; false when they would not fit into a message. */
static bool encode_mask(struct worker *worker, struct result_head *result, size_t *bytes,
                        struct problem *problem) {
  const struct postprocess *postprocess = &worker->postprocess;
  size_t pixels = (size_t)postprocess->mask_width * (size_t)postprocess->mask_height;
  size_t most = WIRE_MOST_MESSAGE_BYTES - WIRE_MOST_REPLY_HEAD_BYTES;
  size_t wanted = 2 * pixels < most ? 2 * pixels : most;
  if (worker->runs_capacity < wanted) {
    uint8_t *runs = realloc(worker->runs, wanted);
    if (!runs)
      return refuse_memory(problem, wanted);
    worker->runs = runs;
    worker->runs_capacity = wanted;
  }
  *bytes = runs_encode(postprocess->mask, pixels, worker->runs, wanted);
  if (*bytes == RUNS_TOO_LONG)
    return refuse(problem, PROBLEM_FRAME, "The mask of frame %u is too ragged to be sent.",
                  result->sequence);
  result->mask_width = (uint16_t)postprocess->mask_width;
  result->mask_height = (uint16_t)postprocess->mask_height;
  return true;
}

/* Runs the network on the frame. */
static bool ask(struct worker *worker, struct result_head *result, struct output *output,
                struct problem *problem) {
  const struct open_message *open = &worker->session->open;
  const struct frame *frame = &worker->frame;
  uint64_t started = now_micros();
  if (!preprocess_write(&worker->preprocess, open, &frame->head, frame->pixels,
                        model_input(&worker->model), problem))
    return false;
  uint64_t prepared = now_micros();
  if (!model_invoke(&worker->model, problem))
    return false;
  result->preprocess_millis = millis_between(started, prepared);
  result->invoke_millis = millis_between(prepared, now_micros());
  return model_output(&worker->model, open, output, problem);
}

/* Every frame by itself. */
static bool segment_alone(struct worker *worker, struct result_head *result,
                          struct output *output, struct problem *problem) {
  const struct frame_head *head = &worker->frame.head;
  if (!ask(worker, result, output, problem))
    return false;
  uint64_t invoked = now_micros();
  result->trigger = TRIGGER_EVERY;
  if (head->flags & FRAME_NO_MASK)
    return true;
  if (!postprocess_mask(&worker->postprocess, &worker->session->open, head, output, problem))
    return false;
  result->postprocess_millis = millis_between(invoked, now_micros());
  return true;
}

/* The temporal engine, and the network where that asks for it. */
static bool segment_in_time(struct worker *worker, struct result_head *result,
                            struct output *output, struct problem *problem) {
  const struct open_message *open = &worker->session->open;
  const struct frame *frame = &worker->frame;
  struct postprocess *postprocess = &worker->postprocess;
  struct temporal *temporal = &worker->temporal;
  enum trigger trigger;
  struct word word;
  if (!temporal_advance(temporal, &frame->head, frame->pixels, &trigger, problem))
    return false;
  if (trigger == TRIGGER_NONE) {
    if (!model_output(&worker->model, open, output, problem))
      return false;
  } else {
    if (!ask(worker, result, output, problem))
      return false;
    postprocess_read(postprocess, open, &frame->head, output, &word);
    if (!temporal_absorb(temporal, &word, problem))
      return false;
  }
  if (!(frame->head.flags & FRAME_NO_MASK) &&
      (!postprocess_make_mask(postprocess, frame->head.width, frame->head.height, problem) ||
       !temporal_draw(temporal, postprocess->mask, problem)))
    return false;
  result->trigger = (uint8_t)trigger;
  result->plane_millis = temporal->millis.plane;
  result->flow_millis = temporal->millis.flow;
  result->warp_millis = temporal->millis.warp;
  result->decide_millis = temporal->millis.decide;
  result->fuse_millis = temporal->millis.fuse;
  result->postprocess_millis = temporal->millis.draw;
  return true;
}

/* The stages of one frame. */
static bool segment(struct worker *worker, struct result_head *result, struct output *output,
                    struct problem *problem) {
  bool is_off = worker->session->open.temporal.mode == TEMPORAL_OFF;
  result->started_micros = now_micros();
  if (!(is_off ? segment_alone : segment_in_time)(worker, result, output, problem))
    return false;
  result->finished_micros = now_micros();
  return true;
}

static bool send_output(struct worker *worker, const struct output *output,
                        struct problem *problem) {
  uint8_t message[WIRE_MOST_REPLY_HEAD_BYTES];
  uint32_t sequence = worker->frame.head.sequence;
  if (output->bytes > WIRE_MOST_MESSAGE_BYTES - WIRE_MOST_REPLY_HEAD_BYTES)
    return refuse(problem, PROBLEM_OPTIONS, "The output tensor has %zu bytes, too many to send.",
                  output->bytes);
  size_t bytes = wire_write_output(message, sequence, (uint32_t)output->bytes);
  /* A broken link shows again with the next message. */
  link_write(&worker->session->link, message, bytes, output->data, output->bytes);
  return true;
}

static bool work_on_frame(struct worker *worker) {
  const struct frame *frame = &worker->frame;
  struct result_head result = {.sequence = frame->head.sequence,
                               .host_micros = frame->head.host_micros,
                               .received_micros = frame->received_micros,
                               .decode_millis = frame->decode_millis};
  struct problem problem;
  struct output output;
  uint8_t message[WIRE_MOST_REPLY_HEAD_BYTES];
  size_t runs_bytes = 0;
  if (frame->head.flags & FRAME_RESTART)
    temporal_restart(&worker->temporal);
  if (frame->problem.code != PROBLEM_NONE)
    return send_refusal(worker, &frame->problem);
  if (!segment(worker, &result, &output, &problem))
    return finish(worker, &problem);
  if (!(frame->head.flags & FRAME_NO_MASK) &&
      !encode_mask(worker, &result, &runs_bytes, &problem))
    return problem.code == PROBLEM_FRAME ? send_refusal(worker, &problem)
                                         : finish(worker, &problem);
  result.cpu = current_cpu();
  result.clock_khz = cpu_clock_khz(result.cpu);
  result.memory_kib = memory_kib();
  size_t bytes = wire_write_result(message, &result, (uint32_t)runs_bytes);
  if (!link_write(&worker->session->link, message, bytes, worker->runs, runs_bytes))
    return false;
  if ((frame->head.flags & FRAME_WITH_OUTPUT) && !send_output(worker, &output, &problem))
    return finish(worker, &problem);
  return true;
}

static bool end(struct worker *worker) {
  if (worker->frame.problem.code != PROBLEM_NONE)
    send_refusal(worker, &worker->frame.problem);
  return false;
}

/* Takes the next job and does it. False when it was the last. */
static bool do_job(struct worker *worker) {
  switch (slot_take(&worker->session->slot, &worker->frame)) {
  case JOB_OPEN:
    return open_model(worker);
  case JOB_FRAME:
    return work_on_frame(worker);
  case JOB_END:
    break;
  }
  return end(worker);
}

void work(struct session *session) {
  struct worker worker = {.session = session};
  while (do_job(&worker))
    ;
  model_close(&worker.model);
  preprocess_free(&worker.preprocess);
  postprocess_free(&worker.postprocess);
  temporal_free(&worker.temporal);
  frame_free(&worker.frame);
  free(worker.runs);
}
