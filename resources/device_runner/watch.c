#include "watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

bool has_ended(int file, short events) {
  char forgotten[256];
  if (events & (POLLERR | POLLNVAL))
    return true;
  if (!(events & (POLLIN | POLLHUP)))
    return false;
  ssize_t got = read(file, forgotten, sizeof forgotten);
  return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
}

/* The cable may be pulled during a run of the network that takes seconds, or while the reader waits
   for the worker: nobody else looks then, and nothing they could still do is of use to anyone. */
static void *watch(void *argument) {
  int connection = (int)(intptr_t)argument;
  struct pollfd files[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = connection, .events = 0}};
  for (;;) {
    if (poll(files, 2, -1) < 0)
      continue;
    if (files[1].revents & (POLLHUP | POLLERR))
      _exit(0);
    if (has_ended(STDIN_FILENO, files[0].revents))
      _exit(0);
  }
  return NULL;
}

bool watch_start(int connection) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, watch, (void *)(intptr_t)connection) != 0)
    return false;
  pthread_detach(thread);
  return true;
}
