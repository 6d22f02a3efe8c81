/* SPDX-License-Identifier: ISC */

/*
 * A process gives up its rights before it parses the first packet: pledge(2) on
 * OpenBSD, Capsicum on FreeBSD, seccomp(2) and landlock(7) on Linux.
 */

#ifndef SANDBOX_H
#define SANDBOX_H

#define SANDBOX_RELOAD 1    /* filter: compiles expressions, in a thread */
#define SANDBOX_TERMINAL 2  /* filter: has a screen, looks up names */
#define SANDBOX_PORT 4      /* has a port */
#define SANDBOX_THREADS 8   /* port: will start a thread */
#define SANDBOX_READ 16     /* opener: opens files for reading */
#define SANDBOX_WRITE 32    /* opener: opens, makes and replaces files, too */
#define SANDBOX_CONNECT 64  /* opener: connects to a reader */
#define SANDBOX_NETWORK 128 /* resolver: sends and receives */

/*
 * Leave only the descriptors that are open, to the opener of privsep.c what the
 * flags say, and to a resolver of names files and the network.  Return NULL, or a
 * text that names what the system cannot confine.  A violation kills the process.
 */
const char *sandbox_filter(int);
const char *sandbox_port(int);
const char *sandbox_opener(int);
const char *sandbox_resolver(void);
const char *sandbox_landlock(int); /* Linux */

/*
 * sandbox_privileges(flags, user): before there are threads, keeps only the
 * capabilities that the flags need, and changes to the user unless NULL.  Where
 * there are no capabilities, sandbox_port() does so when the port is open, by
 * sandbox_become(), which returns a text if root is kept.
 */
void sandbox_privileges(int, const char *);
const char *sandbox_become(void);

#endif /* SANDBOX_H */
