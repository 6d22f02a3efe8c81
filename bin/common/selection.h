/* SPDX-License-Identifier: ISC */

/* The packets that a tool is for: mark, expression, -e, and -i. */

#ifndef SELECTION_H
#define SELECTION_H

#include "divio.h"

void select_expression(char *[]);
void select_regex(const char *);
void select_mark(const char *);
void select_invert(void);
void select_quiet(void); /* does not warn of searches that take too long */
int select_any(void);
int select_contents(void);
int select_matches(const struct div_frame *);
int select_leaves(const struct div_frame *);
int select_headers(const struct div_frame *);
void select_search(void *, struct div_run *);
uint64_t select_limited(void);

#endif /* SELECTION_H */
