#include "link.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

void link_init(struct link *link, int in, int out) {
  link->in = in;
  link->out = out;
  link->is_broken = false;
  pthread_mutex_init(&link->writing, NULL);
}

void link_destroy(struct link *link) { pthread_mutex_destroy(&link->writing); }

bool read_fully(int file, void *out, size_t bytes) {
  uint8_t *at = out;
  while (bytes > 0) {
    ssize_t got = read(file, at, bytes);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    at += got;
    bytes -= (size_t)got;
  }
  return true;
}

bool read_past(int file, size_t bytes) {
  uint8_t forgotten[16384];
  while (bytes > 0) {
    size_t part = bytes < sizeof forgotten ? bytes : sizeof forgotten;
    if (!read_fully(file, forgotten, part))
      return false;
    bytes -= part;
  }
  return true;
}

/* Both parts in one go where possible: each write travels through adb as a packet of its own.
   SIGPIPE is ignored in this program, so a lost connection shows here as an error. */
static bool write_fully(int file, const void *head, size_t head_bytes, const void *body,
                        size_t body_bytes) {
  struct iovec parts[2] = {{(void *)(uintptr_t)head, head_bytes},
                           {(void *)(uintptr_t)body, body_bytes}};
  for (int first = 0; first < 2;) {
    if (parts[first].iov_len == 0) {
      first++;
      continue;
    }
    ssize_t put = writev(file, parts + first, 2 - first);
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return false;
    for (int i = first; i < 2 && put > 0; i++) {
      size_t part = (size_t)put < parts[i].iov_len ? (size_t)put : parts[i].iov_len;
      parts[i].iov_base = (uint8_t *)parts[i].iov_base + part;
      parts[i].iov_len -= part;
      put -= (ssize_t)part;
    }
  }
  return true;
}

bool link_write(struct link *link, const void *head, size_t head_bytes, const void *body,
                size_t body_bytes) {
  pthread_mutex_lock(&link->writing);
  /* Half a message may be out after a failure: nothing that follows could be understood. */
  if (!link->is_broken)
    link->is_broken = !write_fully(link->out, head, head_bytes, body, body_bytes);
  bool is_written = !link->is_broken;
  pthread_mutex_unlock(&link->writing);
  return is_written;
}

bool link_write_zeros(struct link *link, const void *head, size_t head_bytes, size_t zeros) {
  static const uint8_t nothing[16384];
  pthread_mutex_lock(&link->writing);
  do {
    size_t part = zeros < sizeof nothing ? zeros : sizeof nothing;
    if (!link->is_broken)
      link->is_broken = !write_fully(link->out, head, head_bytes, nothing, part);
    head_bytes = 0;
    zeros -= part;
  } while (zeros > 0 && !link->is_broken);
  bool is_written = !link->is_broken;
  pthread_mutex_unlock(&link->writing);
  return is_written;
}
