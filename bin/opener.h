/* SPDX-License-Identifier: ISC */

/*
 * Files that are opened when the sandbox lets this process open none: another
 * one does it, which knows their names beforehand and reads no packets.
 */

#ifndef OPENER_H
#define OPENER_H

#include <fcntl.h>

/*
 * Before opener_start(): the number of a file, and how to open it, which is all
 * that the other process will do with it.
 */
#define OPENER_WHOLE (-1) /* it is replaced, see below */
int opener_add(const char *, int);

/* Starts the process if there are files; till then this one opens them. */
void opener_start(void);

/* As open(2), but close-on-exec. */
int opener_open(int);

/*
 * Files that are replaced as a whole: opens a fresh one in the same directory,
 * which takes the name when it is committed, or goes.
 */
int opener_fresh(int);
int opener_commit(int);
int opener_abandon(int);

#endif /* OPENER_H */
