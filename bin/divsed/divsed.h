/* SPDX-License-Identifier: ISC */

/*
 * sed(1) for packets.  compile() makes a list of commands from the script, a
 * table of verbs (compile.c) drives it; process() runs the list on each
 * packet, whose payload is the pattern space.  Numbers of addresses count
 * packets, those of a connection with -s.  exec_* are the commands, parse_*
 * parse their arguments.
 */

#ifndef DIVSED_H
#define DIVSED_H

#include <stdio.h>

#include "divio.h"
#include "tool.h"

#define END (-1) /* of the script, as a character */

struct source {     /* the whole script */
	char *text; /* ends with a NUL */
	size_t len, pos;
	const char *what; /* name of the construct, for messages */
};

struct regex { /* all of the script, in a list */
	struct regex *next;
	struct div_regex *re;
};

struct sed_pattern { /* between delimiters, not compiled yet */
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

struct sed_address {
	enum address_kind kind;
	uint64_t n, step;
	struct div_regex *re;
	struct div_filter *filter;
};

struct range {        /* state of a command with two addresses */
	uint64_t end; /* number of the last packet, or 0 */
	uint8_t active, begun;
};

struct sed_flow { /* a connection */
	uint64_t packets;
	int dead;             /* k was run for it */
	struct range *ranges; /* of all commands */
};

struct space { /* the pattern space */
	struct div_writer *out;
	struct div_frame *frame; /* not changed before the script ends */
	struct div_run *run;     /* its segments with -S, or NULL */
	struct div_packet parsed;
	uint64_t number;         /* for addresses */
	struct range *ranges;    /* of the connection with -s */
	enum div_reason refused; /* why it may not be edited */
	int counted;             /* the refusal */
	int exists;              /* there is a payload */
	int edited;              /* payload is in a buffer */
	int substituted;         /* for t: since the last one */
	int printed;             /* by p */
	uint32_t mark;
	size_t head;      /* bytes before the payload */
	uint8_t *payload; /* in the frame or in a buffer, headers before it */
	size_t len;
	uint8_t *spare; /* buffer where the new payload is composed */
	size_t sparelen;
	unsigned int jumps;
	struct div_timelimit limit; /* of all searches in the packet */
};

enum outcome {
	NEXT,      /* go on with the next command */
	JUMP,      /* with the command's jump */
	DELETE,    /* drop the packet */
	QUIT,      /* pass it, and all later packets */
	UNTOUCHED, /* pass it as it was read */
	FAILED     /* the writer failed, errno */
};

struct sed_command;

/* parse is NULL for a command without arguments. */
struct verb {
	char letter;
	uint8_t naddresses; /* at most */
	void (*parse)(struct source *, struct sed_command *);
	enum outcome (*exec)(struct sed_command *, struct space *);
};

struct sed_command {
	struct sed_command *next;
	const struct verb *verb;
	size_t start, end; /* in the script */
	struct sed_address addr[2];
	int range; /* index of its struct range, with two addresses */
	int negated;
	struct sed_command *jump; /* of b, t, T; of {: behind the block */
	void *arg;                /* of the verb */
	uint64_t matched, edited; /* packets */
	uint64_t limited;         /* packets: over a limit */
};

extern struct source source;
extern struct sed_command *script;
extern struct regex *regexes;
extern unsigned int nranges;
extern int nflag, qflag, sflag, Uflag;
extern struct tool_mark mflag;

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
void command_name(const struct sed_command *, char *, size_t);

/* compile.c */
void compile(void);

/* address.c */
void parse_addresses(struct source *, struct sed_command *);
int selects(const struct sed_command *, struct space *);

/* pattern.c */
int parse_delimiter(struct source *);
int next_until(struct source *, int);
int parse_escape(struct source *);
void parse_pattern(struct source *, int, struct sed_pattern *);
unsigned int regex_flag(int);
struct div_regex *
compile_pattern(struct source *, struct sed_pattern *, unsigned int);
int search(struct space *, struct div_regex *, int, size_t *);

/* block.c */
void parse_open(struct source *, struct sed_command *);
void parse_close(struct source *, struct sed_command *);
void parse_label(struct source *, struct sed_command *);
void parse_branch(struct source *, struct sed_command *);
void blocks_finish(struct source *);
enum outcome exec_open(struct sed_command *, struct space *);
enum outcome exec_b(struct sed_command *, struct space *);
enum outcome exec_t(struct sed_command *, struct space *);
enum outcome exec_T(struct sed_command *, struct space *);

/* subst.c */
struct matches {
	struct div_regex *re;
	uint64_t first; /* match to edit */
	int all;        /* and those after it */
	/* composes the replacement of a match: 1; 0: keep it; -1: too long */
	int (*edit)(const void *, struct space *, const size_t *);
};

void parse_s(struct source *, struct sed_command *);
enum outcome exec_s(struct sed_command *, struct space *);
enum outcome edit_matches(struct sed_command *, struct space *,
    const struct matches *, const void *);

/* mask.c */
void parse_m(struct source *, struct sed_command *);
enum outcome exec_m(struct sed_command *, struct space *);

/* text.c */
void parse_text(struct source *, struct sed_command *);
enum outcome exec_a(struct sed_command *, struct space *);
enum outcome exec_c(struct sed_command *, struct space *);
enum outcome exec_i(struct sed_command *, struct space *);
void parse_y(struct source *, struct sed_command *);
enum outcome exec_y(struct sed_command *, struct space *);

/* header.c */
void parse_f(struct source *, struct sed_command *);
enum outcome exec_f(struct sed_command *, struct space *);

/* dns.c */
void parse_A(struct source *, struct sed_command *);
void search_A(struct div_run *);
enum outcome exec_A(struct sed_command *, struct space *);
void report_A(const struct sed_command *);

/* lists.c */
struct sed_list { /* a list of names, of the rule that has it */
	struct sed_list *next;
	char *file;
	int number; /* of privsep_add() */
	struct div_names *names;
	struct div_dns *rule;
};

struct sed_list *list_open(const struct source *, size_t, const char *);
void (*lists_reload(void))(void);

/* log.c */
void parse_l(struct source *, struct sed_command *);
enum outcome exec_l(struct sed_command *, struct space *);
enum outcome exec_number(struct sed_command *, struct space *);

/* output.c */
struct sed_output { /* a file of w */
	struct sed_output *next;
	char *name;
	struct div_writer *writer; /* NULL after an error */
};

extern int outputs_failed;
struct sed_output *parse_output(struct source *);
void output_put(struct sed_output *, const struct space *);
void outputs_flush(void);
void parse_w(struct source *, struct sed_command *);
enum outcome exec_w(struct sed_command *, struct space *);

/* verdict.c */
enum outcome exec_d(struct sed_command *, struct space *);
enum outcome exec_k(struct sed_command *, struct space *);
enum outcome exec_p(struct sed_command *, struct space *);
enum outcome exec_q(struct sed_command *, struct space *);

/* flow.c */
void flows_init(void);
struct sed_flow *flow_find(const struct div_packet *, int);

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

/* reass.c */
void patterns_ready(void);
void reass_init(unsigned int);
int space_drop(struct space *);
int space_pass(struct space *);

/* process.c */
enum outcome command_limited(struct sed_command *);
void process_init(void);
int process(struct div_writer *, struct div_frame *);
int process_run(struct div_writer *, struct div_frame *, struct div_run *);
int process_refuse(struct div_writer *, struct div_run *);
int64_t process_due(struct div_writer *);
int process_end(struct div_writer *);
void process_report(void);

#endif /* DIVSED_H */
