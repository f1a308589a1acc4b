/* Ends the program when its connection or its standard input is gone, whatever it is doing. */
#ifndef RUNNER_WATCH_H
#define RUNNER_WATCH_H

#include <stdbool.h>

/* Starts the thread that watches; `connection` must stay open. */
bool watch_start(int connection);

/* True when `file` has come to its end; bytes that came are thrown away. */
bool has_ended(int file, short events);

#endif
