/* One connection from HELLO to its end. */
#ifndef RUNNER_SESSION_H
#define RUNNER_SESSION_H

#include "jpeg.h"
#include "link.h"
#include "slot.h"
#include "tflite.h"

/* What the receiving and the working thread share. */
struct session {
  struct link link;
  struct slot slot;
  const struct tflite *api;          /* NULL when the library could not be loaded */
  const struct problem *api_problem; /* and why */
  const uint8_t *runner_hash;        /* [WIRE_HASH_BYTES] */
  struct open_message open;          /* written before JOB_OPEN, only read from then on */
};

/* Speaks until the connection ends, however it does. False when it could not even begin. */
bool session_run(int in, int out, const struct tflite *api, const struct problem *api_problem,
                 const uint8_t *runner_hash);

/* The receiving thread: reads and decodes messages, answers probes, plays files. */
void *receive(void *session);

/* The working thread: opens the model and segments frames until the end or a refusal. */
void work(struct session *session);

#endif
