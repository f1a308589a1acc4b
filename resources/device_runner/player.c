#define _GNU_SOURCE
#include "player.h"

#include <fcntl.h>
#include <unistd.h>

#include "link.h"

bool player_start(struct player *player, const struct play_message *play,
                  struct problem *problem) {
  player->file = open(play->path, O_RDONLY | O_CLOEXEC);
  player->repeats_left = play->repeats;
  player->frames_this_round = 0;
  player->shift = 0;
  if (player->file < 0)
    return refuse(problem, PROBLEM_OPTIONS, "The clip %s cannot be read.", play->path);
  return true;
}

/* Zero bytes in place of a header is where a round ends; a part of one is damage. */
static ssize_t read_header(int file, uint8_t *header) {
  ssize_t got = read(file, header, 1);
  if (got != 1)
    return got;
  return read_fully(file, header + 1, WIRE_HEADER_BYTES - 1) ? WIRE_HEADER_BYTES : -1;
}

bool player_next(struct player *player, uint32_t *body_bytes, struct problem *problem) {
  uint8_t header[WIRE_HEADER_BYTES], type;
  ssize_t got = read_header(player->file, header);
  if (got == 0) {
    if (player->frames_this_round == 0)
      return refuse(problem, PROBLEM_OPTIONS, "The clip holds no frames.");
    player->shift += player->frames_this_round;
    player->frames_this_round = 0;
    if (--player->repeats_left == 0) {
      player_stop(player);
      return false;
    }
    if (lseek(player->file, 0, SEEK_SET) != 0)
      return refuse(problem, PROBLEM_OPTIONS, "The clip cannot be played again.");
    got = read_header(player->file, header);
  }
  if (got != WIRE_HEADER_BYTES)
    return refuse(problem, PROBLEM_OPTIONS, "The clip is cut off.");
  if (!wire_read_header(header, body_bytes, &type, problem))
    return false;
  if (type != TYPE_FRAME)
    return refuse(problem, PROBLEM_OPTIONS, "The clip holds a message of type %u.", type);
  player->frames_this_round++;
  return true;
}

void player_stop(struct player *player) {
  if (player->file >= 0)
    close(player->file);
  player->file = -1;
}
