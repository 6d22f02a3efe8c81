/* SPDX-License-Identifier: ISC */

/* Formats of lines that carry all of a frame. */

#ifndef IDENTITY_H
#define IDENTITY_H

#include "corpus.h"

/* A frame is written as that. */
void writes(enum div_format, const struct div_frame *, const char *);

/*
 * Tests that what was written reads as the same again: the corpus, and a million
 * bytes of packets at random.  *state points to the format.
 */
void identity_corpus(void **);
void identity_random(void **);

/* A bad line, and how it ends, between two good ones, which come through. */
void refuses(enum div_format, const char *, const char *, const char *,
    const char *);

#endif /* IDENTITY_H */
