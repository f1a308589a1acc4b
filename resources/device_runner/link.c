#include "link.h"

#include <errno.h>
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

/* SIGPIPE is ignored in this program, so a lost connection shows here as an error. */
static bool write_fully(int file, const uint8_t *from, size_t bytes) {
  while (bytes > 0) {
    ssize_t put = write(file, from, bytes);
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return false;
    from += put;
    bytes -= (size_t)put;
  }
  return true;
}

bool link_write(struct link *link, const void *head, size_t head_bytes, const void *body,
                size_t body_bytes) {
  pthread_mutex_lock(&link->writing);
  /* Half a message may be out after a failure: nothing that follows could be understood. */
  if (!link->is_broken)
    link->is_broken = !write_fully(link->out, head, head_bytes) ||
                      !write_fully(link->out, body, body_bytes);
  bool is_written = !link->is_broken;
  pthread_mutex_unlock(&link->writing);
  return is_written;
}

bool link_write_zeros(struct link *link, const void *head, size_t head_bytes, size_t zeros) {
  static const uint8_t nothing[16384];
  pthread_mutex_lock(&link->writing);
  if (!link->is_broken)
    link->is_broken = !write_fully(link->out, head, head_bytes);
  while (zeros > 0 && !link->is_broken) {
    size_t part = zeros < sizeof nothing ? zeros : sizeof nothing;
    link->is_broken = !write_fully(link->out, nothing, part);
    zeros -= part;
  }
  bool is_written = !link->is_broken;
  pthread_mutex_unlock(&link->writing);
  return is_written;
}
