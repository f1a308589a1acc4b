/* Why something cannot be done, in words, as it travels to the computer. */
#ifndef RUNNER_PROBLEM_H
#define RUNNER_PROBLEM_H

#include <stdbool.h>
#include <stdint.h>

enum {
  PROBLEM_NONE = 0,
  PROBLEM_VERSION = 1,
  PROBLEM_HASH = 2,
  PROBLEM_MODEL = 3,
  PROBLEM_OPTIONS = 4,
  PROBLEM_FRAME = 5, /* the only one after which the runner goes on */
  PROBLEM_MEMORY = 6,
  PROBLEM_INVOKE = 7,
  PROBLEM_MESSAGE = 8,
};

struct problem {
  uint16_t code;
  char text[400];
};

/* Writes the problem and returns false, so that a check can end with `return refuse(...)`. */
bool refuse(struct problem *problem, uint16_t code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

bool refuse_memory(struct problem *problem, uint64_t bytes);

#endif
