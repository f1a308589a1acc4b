/* The on-device runner: see protocol.md for what it says, reasons are in the files. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "listen.h"
#include "session.h"
#include "watch.h"

#ifndef RUNNER_HASH_HEX
#error "compile with -DRUNNER_HASH_HEX=\"...\", the SHA-256 of these sources"
#endif

/* A connection that ended is a success, whatever was refused on it: that was said there. */
enum { EXIT_NOT_STARTED = 1, EXIT_USAGE = 2, EXIT_NO_SOCKET = 3, EXIT_NOBODY_CAME = 4 };

struct arguments {
  const char *socket;
  int accept_seconds;
  bool wants_version;
};

static bool read_arguments(int count, char **values, struct arguments *arguments) {
  for (int i = 1; i < count; i++) {
    if (strcmp(values[i], "--version") == 0)
      arguments->wants_version = true;
    else if (strcmp(values[i], "--socket") == 0 && i + 1 < count)
      arguments->socket = values[++i];
    else if (strcmp(values[i], "--accept-seconds") == 0 && i + 1 < count) {
      char *end;
      long seconds = strtol(values[++i], &end, 10);
      if (*end || seconds < 1 || seconds > 3600)
        return false;
      arguments->accept_seconds = (int)seconds;
    } else
      return false;
  }
  return arguments->wants_version || arguments->socket;
}

static bool read_hash(uint8_t *hash) {
  const char *text = RUNNER_HASH_HEX;
  if (strlen(text) != 2 * WIRE_HASH_BYTES)
    return false;
  for (size_t i = 0; i < WIRE_HASH_BYTES; i++) {
    unsigned value;
    if (sscanf(text + 2 * i, "%2x", &value) != 1)
      return false;
    hash[i] = (uint8_t)value;
  }
  return true;
}

int main(int count, char **values) {
  struct arguments arguments = {.accept_seconds = 20};
  uint8_t hash[WIRE_HASH_BYTES];
  if (!read_arguments(count, values, &arguments) || !read_hash(hash)) {
    fprintf(stderr, "usage: runner --socket NAME [--accept-seconds 20] | --version\n");
    return EXIT_USAGE;
  }
  if (arguments.wants_version) {
    printf("jejunet runner, protocol %d, sources %s\n", WIRE_VERSION, RUNNER_HASH_HEX);
    return 0;
  }
  /* A lost connection is an error of write(), not a signal; a lost shell is the end. */
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int listener = listen_abstract(arguments.socket);
  if (listener < 0) {
    fprintf(stderr, "the socket %s cannot be bound: %s\n", arguments.socket, strerror(errno));
    return EXIT_NO_SOCKET;
  }
  printf("listening\n");
  fflush(stdout);
  /* Loaded while the computer sets up its side of the connection. */
  struct tflite api;
  struct problem api_problem;
  bool has_api = tflite_load(&api, &api_problem);
  int connection = accept_within(listener, arguments.accept_seconds);
  close(listener);
  if (connection < 0) {
    fprintf(stderr, "nobody connected\n");
    return EXIT_NOBODY_CAME;
  }
  if (!watch_start(connection) ||
      !session_run(connection, connection, has_api ? &api : NULL, &api_problem, hash)) {
    fprintf(stderr, "no thread could be started: %s\n", strerror(errno));
    return EXIT_NOT_STARTED;
  }
  return 0;
}
