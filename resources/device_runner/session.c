#define _GNU_SOURCE
#include "session.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { LINGER_SECONDS = 1 };

/* A refusal must arrive: a socket closed while the computer still sends would be reset, and the
   words lost on the way. So the receiver reads on, for a moment, what nobody needs any more. */
static void linger(struct session *session, pthread_t receiver) {
  struct timespec until;
  shutdown(session->link.out, SHUT_WR);
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += LINGER_SECONDS;
  if (pthread_timedjoin_np(receiver, NULL, &until) == 0)
    return;
  shutdown(session->link.in, SHUT_RDWR);
  pthread_join(receiver, NULL);
}

bool session_run(int in, int out, const struct tflite *api, const struct problem *api_problem,
                 const uint8_t *runner_hash) {
  struct session session;
  pthread_t receiver;
  memset(&session, 0, sizeof session);
  session.api = api;
  session.api_problem = api_problem;
  session.runner_hash = runner_hash;
  if (!slot_init(&session.slot))
    return false;
  link_init(&session.link, in, out);
  bool has_begun = pthread_create(&receiver, NULL, receive, &session) == 0;
  if (has_begun) {
    work(&session);
    slot_close(&session.slot);
    linger(&session, receiver);
  }
  link_destroy(&session.link);
  slot_destroy(&session.slot);
  return has_begun;
}
