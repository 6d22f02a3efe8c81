/* SPDX-License-Identifier: ISC */

#ifndef DIVSED_H
#define DIVSED_H

#include "divio.h"

#define END (-1) /* of a script, as a character */

struct source { /* of script text */
	struct source *next;
	const char *name; /* for messages */
	const char *text; /* ends with a NUL */
	size_t len, pos;
};

struct part {       /* of a replacement */
	size_t len; /* bytes of its text, then */
	int group;  /* this group of the match, or -1 */
	size_t at;  /* which stands here in the script */
};

struct subst {
	struct div_regex *re;
	char *text; /* of all parts */
	struct part *parts;
	size_t nparts;
	uint64_t first; /* match to replace */
	int all;        /* and those after it */
};

struct space {                   /* the packet in the works */
	struct div_frame *frame; /* as read until the script is done */
	int editable;
	int edited;
	size_t head;      /* bytes before the payload */
	uint8_t *payload; /* in the frame or in a buffer */
	size_t len;
	uint8_t *spare; /* buffer for what it will become */
	size_t sparelen;
};

enum outcome { NEXT, DELETE, UNTOUCHED };

struct command;

/* One letter of the language; parse is NULL where nothing may follow it. */
struct verb {
	char letter;
	void (*parse)(struct source *, struct command *);
	enum outcome (*exec)(struct command *, struct space *);
};

struct command {
	struct command *next;
	const struct verb *verb;
	const struct source *source;
	size_t start, end; /* of its text there */
	struct subst s;
	uint64_t matched, edited; /* packets */
	uint64_t limited;         /* regular expression cut off */
};

extern struct command *script;
extern int qflag;

/* compile.c */
void compile(const char *, char *, size_t);
int peek(const struct source *);
int next(struct source *);
__attribute__((__noreturn__, __format__(printf, 3, 4))) void
fail(const struct source *, size_t, const char *, ...);
void command_name(const struct command *, char *, size_t);

/* subst.c */
void parse_s(struct source *, struct command *);
enum outcome exec_s(struct command *, struct space *);

/* process.c */
enum outcome exec_d(struct command *, struct space *);
enum outcome command_limited(struct command *);
int space_append(struct space *, const void *, size_t);
void space_commit(struct space *);
void process_init(void);
int process(struct div_writer *, struct div_frame *);
void process_report(void);

#endif /* DIVSED_H */
