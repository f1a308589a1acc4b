/* The abstract socket that the computer's adb connects to. */
#ifndef RUNNER_LISTEN_H
#define RUNNER_LISTEN_H

/* Binds an abstract Unix socket. Returns it, or -1 with errno. */
int listen_abstract(const char *name);

/* Waits for one connection. Returns it; -1 when nobody came in time or standard input ended. */
int accept_within(int listener, int seconds);

#endif
