/* SPDX-License-Identifier: ISC */

/*
 * Files that a process opens, and a reader that it connects to, from inside the
 * sandbox; see privsep.c.
 */

#ifndef PRIVSEP_H
#define PRIVSEP_H

#include <fcntl.h>
#include <stdint.h>

/*
 * Before privsep_start(): registers a file with the flags of open(2) or
 * PRIVSEP_REPLACE.  Returns its number.
 */
#define PRIVSEP_REPLACE (-1)
int privsep_add(const char *, int);

/* Before privsep_start(): registers a function that returns a descriptor. */
void privsep_add_connect(int (*)(uint16_t, uint64_t));

/*
 * Starts the opener if anything is registered; until then this process does its
 * work.  privsep_end() ends it: nothing more will be opened.
 */
void privsep_start(void);
void privsep_end(void);

/*
 * In a new process: ignores the signals of the terminal, and closes all
 * descriptors but standard error and this one, whose number it returns.
 */
int privsep_isolate(int);

/* As open(2), close-on-exec. */
int privsep_open(int);

/*
 * privsep_connect() calls the function of privsep_add_connect().  Behind the last
 * call, privsep_connected(): an opener without files ends.
 */
int privsep_connect(uint16_t, uint64_t);
void privsep_connected(void);

/*
 * PRIVSEP_REPLACE: privsep_create() opens a temporary file in the same
 * directory, privsep_commit() renames it to the file's name, privsep_abort()
 * unlinks it.
 */
int privsep_create(int);
int privsep_commit(int);
int privsep_abort(int);

#endif /* PRIVSEP_H */
