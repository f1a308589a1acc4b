#define _GNU_SOURCE
#include "listen.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "stats.h"
#include "watch.h"

int listen_abstract(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t bytes = strlen(name);
  if (bytes < 1 || bytes > sizeof address.sun_path - 1) {
    errno = EINVAL;
    return -1;
  }
  memcpy(address.sun_path + 1, name, bytes); /* a NUL in front makes it abstract */
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0)
    return -1;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + bytes);
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0) {
    int reason = errno;
    close(listener);
    errno = reason;
    return -1;
  }
  return listener;
}

int accept_within(int listener, int seconds) {
  struct pollfd files[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = listener, .events = POLLIN}};
  uint64_t until = now_micros() + (uint64_t)seconds * 1000000u;
  for (;;) {
    uint64_t now = now_micros();
    if (now >= until)
      return -1;
    if (poll(files, 2, (int)((until - now + 999) / 1000)) < 0)
      continue;
    if (has_ended(STDIN_FILENO, files[0].revents))
      return -1;
    if (files[1].revents) {
      int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
      if (connection >= 0 || (errno != EINTR && errno != ECONNABORTED))
        return connection;
    }
  }
}
