/* A file of FRAME messages on the phone, played a number of times. */
#ifndef RUNNER_PLAYER_H
#define RUNNER_PLAYER_H

#include "wire.h"

struct player {
  int file; /* -1: nothing is played */
  uint32_t repeats_left;
  uint32_t frames_this_round;
  uint32_t shift; /* added to the sequence in the file */
};

bool player_start(struct player *player, const struct play_message *play,
                  struct problem *problem);

/* Reads the header of the next frame. False with a problem when the file is damaged, false without
   one when all is played. */
bool player_next(struct player *player, uint32_t *body_bytes, struct problem *problem);

void player_stop(struct player *player);

#endif
