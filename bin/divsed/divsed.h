/* SPDX-License-Identifier: ISC */

#ifndef DIVSED_H
#define DIVSED_H

#include <stdio.h>

#include "divio.h"

#define END (-1) /* of the script, as a character */

struct source {     /* the whole script */
	char *text; /* ends with a NUL */
	size_t len, pos;
	const char *what; /* is being read, for messages */
};

/* The last regular expression used, at run time, is NULL. */
struct regex {
	struct regex *next;
	struct div_regex *re;
};

struct pattern { /* between delimiters, not compiled yet */
	char *text;
	size_t len;
	size_t at; /* in the script */
};

enum address_kind {
	ADDR_NONE,
	ADDR_NUMBER,
	ADDR_STEP, /* first~step */
	ADDR_REGEX,
	ADDR_FILTER,   /* "pcap-filter expression" */
	ADDR_PLUS,     /* +n, ends a range */
	ADDR_MULTIPLE, /* ~n, ends a range */
};

struct address {
	enum address_kind kind;
	uint64_t n, step;
	struct div_regex *re;
	struct div_filter *filter;
};

struct range { /* how far the range of a command has got */
	uint64_t end;
	uint8_t active, begun;
};

struct flow { /* what is known of a connection */
	uint64_t packets;
	int dead;             /* k was run for it */
	struct range *ranges; /* of all commands */
};

struct space { /* the packet in the works */
	struct div_writer *out;
	struct div_frame *frame; /* as read until the script is done */
	struct div_span *span;   /* what it stands for with -S, or NULL */
	struct div_packet parsed;
	uint64_t number;         /* of the packet, of its flow's with -s */
	struct range *ranges;    /* likewise */
	enum div_reason refused; /* why it may not be edited */
	int counted;             /* as such */
	int exists;              /* there is a payload */
	int edited;              /* then it is in a buffer */
	int substituted;         /* since the packet came or the last t */
	int printed;             /* by p with -n */
	uint32_t mark;
	size_t head;      /* bytes before the payload */
	uint8_t *payload; /* in the frame or in a buffer, headers before it */
	size_t len;
	uint8_t *spare; /* buffer for what it will become */
	size_t sparelen;
	unsigned int jumps, searches;
	uint64_t began; /* CPU time, if there were many */
};

enum outcome { NEXT, JUMP, DELETE, QUIT, UNTOUCHED, FAILED };

struct command;

/* One letter of the language; parse is NULL where nothing may follow it. */
struct verb {
	char letter;
	uint8_t naddresses; /* at most */
	void (*parse)(struct source *, struct command *);
	enum outcome (*exec)(struct command *, struct space *);
};

struct command {
	struct command *next;
	const struct verb *verb;
	size_t start, end; /* of its text in the script */
	struct address addr[2];
	int range; /* its index, if it has one */
	int negated;
	struct command *jump;     /* of b, t, T; of {: behind the block */
	void *arg;                /* the verb's own */
	uint64_t matched, edited; /* packets */
	uint64_t limited;         /* regular expression cut off */
};

extern struct source source;
extern struct command *script;
extern struct regex *regexes;
extern unsigned int nranges;
extern int nflag, qflag, sflag;
extern int64_t mflag; /* -1: not given */

/* source.c */
void source_add(const char *, const char *, size_t);
int peek(const struct source *);
int next(struct source *);
void skip_blanks(struct source *);
int at_end(const struct source *);
uint64_t parse_number(struct source *, uint64_t, uint64_t);
char *parse_line(struct source *, const char *);
FILE *text_open(char **, size_t *);
void text_close(FILE *, char *const *);
__attribute__((__noreturn__, __format__(printf, 3, 4))) void
fail(const struct source *, size_t, const char *, ...);
void command_name(const struct command *, char *, size_t);

/* compile.c */
void compile(void);

/* address.c */
void parse_addresses(struct source *, struct command *);
int selects(const struct command *, struct space *);

/* pattern.c */
int parse_delimiter(struct source *);
int next_until(struct source *, int);
int parse_escape(struct source *);
void parse_pattern(struct source *, int, struct pattern *);
unsigned int regex_flag(int);
struct div_regex *
compile_pattern(struct source *, struct pattern *, unsigned int);
int search(struct space *, struct div_regex *, int, size_t *);

/* block.c */
void parse_open(struct source *, struct command *);
void parse_close(struct source *, struct command *);
void parse_label(struct source *, struct command *);
void parse_branch(struct source *, struct command *);
void blocks_finish(struct source *);
enum outcome exec_open(struct command *, struct space *);
enum outcome exec_b(struct command *, struct space *);
enum outcome exec_t(struct command *, struct space *);
enum outcome exec_T(struct command *, struct space *);

/* subst.c */
struct matches {
	struct div_regex *re;
	uint64_t first; /* match to edit */
	int all;        /* and those after it */
	/* composes what a match becomes: 1; 0: it stays; -1: too long */
	int (*edit)(const void *, struct space *, const size_t *);
};

void parse_s(struct source *, struct command *);
enum outcome exec_s(struct command *, struct space *);
enum outcome edit_matches(struct command *, struct space *,
    const struct matches *, const void *);

/* mask.c */
void parse_m(struct source *, struct command *);
enum outcome exec_m(struct command *, struct space *);

/* text.c */
void parse_text(struct source *, struct command *);
enum outcome exec_a(struct command *, struct space *);
enum outcome exec_c(struct command *, struct space *);
enum outcome exec_i(struct command *, struct space *);
void parse_y(struct source *, struct command *);
enum outcome exec_y(struct command *, struct space *);

/* header.c */
void parse_f(struct source *, struct command *);
enum outcome exec_f(struct command *, struct space *);

/* dns.c */
void parse_A(struct source *, struct command *);
void look_A(struct div_span *);
enum outcome exec_A(struct command *, struct space *);
void report_A(const struct command *);

/* log.c */
void parse_l(struct source *, struct command *);
enum outcome exec_l(struct command *, struct space *);
enum outcome exec_number(struct command *, struct space *);

/* output.c */
struct output;
extern int outputs_failed;
struct output *parse_output(struct source *);
void output_put(struct output *, const struct space *);
void outputs_flush(void);
void parse_w(struct source *, struct command *);
enum outcome exec_w(struct command *, struct space *);

/* verdict.c */
enum outcome exec_d(struct command *, struct space *);
enum outcome exec_k(struct command *, struct space *);
enum outcome exec_p(struct command *, struct space *);
enum outcome exec_q(struct command *, struct space *);

/* flow.c */
void flows_init(void);
struct flow *flow_find(const struct div_packet *, int);

/* space.c */
void space_init(void);
void space_open(struct space *, struct div_frame *);
int space_allows(struct space *);
int space_editable(struct space *);
void space_own(struct space *);
int space_append(struct space *, const void *, size_t);
void space_commit(struct space *);
void space_frame(const struct space *, struct div_frame *);
int space_print(struct space *);
void space_close(struct space *);
void space_report(void);

/* span.c */
void patterns_ready(void);
void spans_init(unsigned int);
int space_drop(struct space *);
int space_pass(struct space *);

/* process.c */
enum outcome command_limited(struct command *);
void process_init(void);
int process(struct div_writer *, struct div_frame *);
int process_span(struct div_writer *, struct div_frame *, struct div_span *);
int process_due(struct div_writer *);
int process_end(struct div_writer *);
void process_report(void);

#endif /* DIVSED_H */
