/* SPDX-License-Identifier: ISC */

/* What a process gives up before it looks at hostile bytes. */

#ifndef SANDBOX_H
#define SANDBOX_H

#define SANDBOX_RELOAD 1   /* filter: compiles expressions, in a thread */
#define SANDBOX_TERMINAL 2 /* filter: has a screen, looks up names */
#define SANDBOX_JOIN 4     /* port: will connect to a reader, then call again */
#define SANDBOX_THREADS 8  /* port: will start one */

/*
 * All but descriptors that are open, for good; what the system cannot do is in
 * the text that they return, or NULL.  A violation kills the process.
 */
const char *sandbox_filter(int);
const char *sandbox_port(int);

/*
 * Before there are threads: keeps the capabilities that a port needs, or none,
 * and becomes the user, unless NULL.
 */
void sandbox_privileges(int, const char *);

#endif /* SANDBOX_H */
