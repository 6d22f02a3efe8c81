/* SPDX-License-Identifier: ISC */

#ifndef OUTFILE_H
#define OUTFILE_H

#include <stdio.h>

int outfile_open(const char *, int);
FILE *outfile_begin(void);
void outfile_end(void);
void outfile_abort(void);
int outfile_status(void);

#endif /* OUTFILE_H */
