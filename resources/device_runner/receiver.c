/* The receiving thread. It alone reads the connection, and fills the slot for the worker. Whatever
   ends the session travels through the slot too, so that frames before it are still answered. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "player.h"
#include "session.h"
#include "stats.h"

/* A message whose header has been read. */
struct message {
  bool is_held;
  uint8_t type;
  uint32_t bytes; /* of its body */
};

struct receiver {
  struct session *session;
  struct jpeg jpeg;
  struct player player;
  struct message message;
  bool said_hello, was_opened;
  uint8_t *body; /* [WIRE_MOST_OPEN_BYTES], for messages other than pictures */
};

/* The end of the connection without a complaint has no code. */
static bool lost(struct problem *problem) {
  problem->code = PROBLEM_NONE;
  problem->text[0] = 0;
  return false;
}

static bool read_body(struct receiver *receiver, struct problem *problem) {
  if (receiver->message.bytes > WIRE_MOST_OPEN_BYTES)
    return refuse(problem, PROBLEM_MESSAGE, "A message of type %u came with %u bytes.",
                  receiver->message.type, receiver->message.bytes);
  if (!read_fully(receiver->session->link.in, receiver->body, receiver->message.bytes))
    return lost(problem);
  return true;
}

static bool take_hello(struct receiver *receiver, struct problem *problem) {
  struct session *session = receiver->session;
  uint8_t reply[WIRE_MOST_REPLY_HEAD_BYTES];
  if (!read_body(receiver, problem) ||
      !wire_read_hello(receiver->body, receiver->message.bytes, session->runner_hash, problem))
    return false;
  if (!session->api) {
    *problem = *session->api_problem;
    return false;
  }
  receiver->said_hello = true;
  size_t bytes = wire_write_ready(reply, session->runner_hash, (uint32_t)getpid(), cpu_count(),
                                  session->api->version());
  return link_write(&session->link, reply, bytes, NULL, 0) || lost(problem);
}

static bool take_open(struct receiver *receiver, struct problem *problem) {
  struct session *session = receiver->session;
  if (!read_body(receiver, problem) ||
      !wire_read_open(receiver->body, receiver->message.bytes, &session->open, problem))
    return false;
  receiver->was_opened = true;
  slot_fill(&session->slot, JOB_OPEN);
  return true;
}

/* Reads a picture into the slot's frame. A picture that is wrong is a problem of the frame, and the
   stream goes on behind it; true unless the session cannot go on. */
static bool read_picture(struct receiver *receiver, int file, size_t bytes, struct frame *frame,
                         struct problem *problem) {
  bool is_jpeg = frame->head.encoding == FRAME_JPEG;
  frame->problem.code = PROBLEM_NONE;
  frame->decode_millis = 0.0f;
  if (!frame_check(&frame->head, &receiver->session->open, bytes, &frame->problem)) {
    if (!read_past(file, bytes))
      return lost(problem);
    frame->received_micros = now_micros();
    return true;
  }
  if (is_jpeg ? !jpeg_make_room(&receiver->jpeg, bytes, problem)
              : !frame_make_room(frame, problem))
    return false;
  if (!read_fully(file, is_jpeg ? receiver->jpeg.data : frame->pixels, bytes))
    return lost(problem);
  frame->received_micros = now_micros();
  if (is_jpeg) {
    if (!jpeg_decode(&receiver->jpeg, bytes, frame, &frame->problem) &&
        frame->problem.code != PROBLEM_FRAME) {
      *problem = frame->problem;
      return false;
    }
    frame->decode_millis = millis_between(frame->received_micros, now_micros());
  }
  return true;
}

/* A frame from the connection or from a played file. The slot is empty. */
static bool take_frame(struct receiver *receiver, int file, uint32_t bytes, uint32_t shift,
                       struct problem *problem) {
  uint8_t head[WIRE_FRAME_HEAD_BYTES];
  struct frame *frame = &receiver->session->slot.frame;
  size_t head_bytes = bytes < sizeof head ? bytes : sizeof head;
  if (!read_fully(file, head, head_bytes))
    return lost(problem);
  if (!wire_read_frame_head(head, head_bytes, &frame->head, problem))
    return false;
  frame->head.sequence += shift;
  if (!read_picture(receiver, file, bytes - head_bytes, frame, problem))
    return false;
  slot_fill(&receiver->session->slot, JOB_FRAME);
  return true;
}

static bool take_played_frame(struct receiver *receiver, struct problem *problem) {
  struct player *player = &receiver->player;
  uint32_t bytes;
  problem->code = PROBLEM_NONE;
  if (!player_next(player, &bytes, problem))
    return problem->code == PROBLEM_NONE; /* all is played */
  if (take_frame(receiver, player->file, bytes, player->shift, problem))
    return true;
  if (problem->code == PROBLEM_NONE) /* the file's end is not the connection's */
    refuse(problem, PROBLEM_OPTIONS, "The clip is cut off.");
  return false;
}

static bool take_play(struct receiver *receiver, struct problem *problem) {
  struct play_message play;
  return read_body(receiver, problem) &&
         wire_read_play(receiver->body, receiver->message.bytes, &play, problem) &&
         player_start(&receiver->player, &play, problem);
}

static bool take_probe(struct receiver *receiver, struct problem *problem) {
  struct session *session = receiver->session;
  uint8_t head[WIRE_PROBE_HEAD_BYTES], reply[WIRE_MOST_REPLY_HEAD_BYTES];
  struct probe_head probe;
  size_t bytes = receiver->message.bytes;
  size_t head_bytes = bytes < sizeof head ? bytes : sizeof head;
  if (!read_fully(session->link.in, head, head_bytes))
    return lost(problem);
  if (!wire_read_probe_head(head, head_bytes, &probe, problem))
    return false;
  if (!read_past(session->link.in, bytes - head_bytes))
    return lost(problem);
  size_t reply_bytes = wire_write_probed(reply, probe.token, now_micros(), probe.reply_bytes);
  return link_write_zeros(&session->link, reply, reply_bytes, probe.reply_bytes) || lost(problem);
}

/* Works off the held message. */
static bool take_message(struct receiver *receiver, struct problem *problem) {
  struct message *message = &receiver->message;
  message->is_held = false;
  if (!receiver->said_hello) {
    if (message->type != TYPE_HELLO)
      return refuse(problem, PROBLEM_MESSAGE, "The first message is of type %u instead of HELLO.",
                    message->type);
    return take_hello(receiver, problem);
  }
  if (message->type == TYPE_PROBE)
    return take_probe(receiver, problem);
  if (message->type == TYPE_CLOSE)
    return message->bytes ? refuse(problem, PROBLEM_MESSAGE, "A CLOSE message came with a body.")
                          : lost(problem);
  if (message->type == TYPE_OPEN && !receiver->was_opened)
    return take_open(receiver, problem);
  if (message->type == TYPE_FRAME && receiver->was_opened)
    return take_frame(receiver, receiver->session->link.in, message->bytes, 0, problem);
  if (message->type == TYPE_PLAY && receiver->was_opened)
    return take_play(receiver, problem);
  return refuse(problem, PROBLEM_MESSAGE, "A message of type %u came, which has no place here.",
                message->type);
}

static bool hold_message(struct receiver *receiver, struct problem *problem) {
  uint8_t header[WIRE_HEADER_BYTES];
  if (!read_fully(receiver->session->link.in, header, sizeof header))
    return lost(problem);
  receiver->message.is_held = true;
  return wire_read_header(header, &receiver->message.bytes, &receiver->message.type, problem);
}

/* Sleeps until the slot is empty or the computer has something to say. True for the latter. */
static bool wait_for_either(struct receiver *receiver) {
  struct slot *slot = &receiver->session->slot;
  struct pollfd files[] = {{.fd = receiver->session->link.in, .events = POLLIN},
                           {.fd = slot->room_event, .events = POLLIN}};
  slot_clear_room_event(slot);
  if (slot_has_room(slot) || slot_is_closed(slot))
    return false;
  if (poll(files, 2, -1) < 0)
    return errno != EINTR;
  return files[0].revents != 0;
}

static bool needs_room(const struct message *message) {
  return message->type == TYPE_FRAME || message->type == TYPE_PLAY;
}

/* One thing at a time: the next frame of a played file, or the next message. A frame that must wait
   does so unread in the socket; a probe behind nothing but a played file is answered at once. */
static bool go_on(struct receiver *receiver, struct problem *problem) {
  struct slot *slot = &receiver->session->slot;
  struct message *message = &receiver->message;
  bool is_playing = receiver->player.file >= 0;
  if (is_playing && slot_has_room(slot))
    return take_played_frame(receiver, problem);
  if (!message->is_held) {
    if (is_playing && !wait_for_either(receiver))
      return !slot_is_closed(slot) || lost(problem);
    return hold_message(receiver, problem);
  }
  if (needs_room(message)) {
    if (!slot_wait_for_room(slot))
      return lost(problem);
    if (is_playing)
      return true; /* the file goes first */
  }
  return take_message(receiver, problem);
}

static void drain(int file) {
  uint8_t forgotten[16384];
  ssize_t got;
  do
    got = read(file, forgotten, sizeof forgotten);
  while (got > 0 || (got < 0 && errno == EINTR));
}

void *receive(void *argument) {
  struct session *session = argument;
  struct receiver receiver = {.session = session, .player = {.file = -1}};
  struct problem problem = {.code = PROBLEM_NONE};
  receiver.body = malloc(WIRE_MOST_OPEN_BYTES);
  if (!receiver.body)
    refuse_memory(&problem, WIRE_MOST_OPEN_BYTES);
  else
    while (go_on(&receiver, &problem))
      ;
  if (slot_wait_for_room(&session->slot)) {
    session->slot.frame.problem = problem;
    slot_fill(&session->slot, JOB_END);
  }
  player_stop(&receiver.player);
  jpeg_free(&receiver.jpeg);
  free(receiver.body);
  if (problem.code != PROBLEM_NONE || slot_is_closed(&session->slot))
    drain(session->link.in);
  return NULL;
}
