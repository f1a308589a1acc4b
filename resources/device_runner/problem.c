#include "problem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Paths and library messages are the phone's: anything outside ASCII could break the UTF-8. */
static void keep_ascii(char *text) {
  for (; *text; text++)
    if ((unsigned char)*text >= 0x80 || (unsigned char)*text < 0x20)
      *text = '?';
}

bool refuse(struct problem *problem, uint16_t code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  problem->code = code;
  if (vsnprintf(problem->text, sizeof problem->text, format, arguments) < 0)
    strcpy(problem->text, "no words could be found for it");
  va_end(arguments);
  keep_ascii(problem->text);
  return false;
}

bool refuse_memory(struct problem *problem, uint64_t bytes) {
  return refuse(problem, PROBLEM_MEMORY, "The phone has no %" PRIu64 " KiB of memory left.",
                bytes / 1024 + 1);
}
