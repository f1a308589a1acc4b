/* The connection's bytes: exact reads, whole messages written by one thread at a time. */
#ifndef RUNNER_LINK_H
#define RUNNER_LINK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link {
  int in, out; /* the same socket, or two files in tests */
  pthread_mutex_t writing;
  bool is_broken; /* a message could not be written; guarded by `writing` */
};

void link_init(struct link *link, int in, int out);
void link_destroy(struct link *link);

/* Reads exactly so many bytes. False at the end of the file or on an error. */
bool read_fully(int file, void *out, size_t bytes);

/* Reads and forgets so many bytes. */
bool read_past(int file, size_t bytes);

/* Writes a message's head and what follows it. False when nobody listens any more. */
bool link_write(struct link *link, const void *head, size_t head_bytes, const void *body,
                size_t body_bytes);

/* Writes a message's head and so many zeros. */
bool link_write_zeros(struct link *link, const void *head, size_t head_bytes, size_t zeros);

#endif
