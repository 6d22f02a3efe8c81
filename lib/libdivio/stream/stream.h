/* SPDX-License-Identifier: ISC */

/*
 * Streams: a reader and a writer buffer bytes, a codec turns them into frames
 * and back.
 *
 *   reader.c       input buffer; frames point into it until the next one is read
 *   writer.c       gathered output (writev(2)), flushed by the caller
 *   frame.c        the header of a frame, version 1 of divio(5)
 *   frame_codec.c  the codec of a stream of frames
 *   slots.c        memory that a reader of a port shares with its pipeline
 *   slots_edit.c   memory that a filter shares with the sink
 *   slots_*.c      the system's part of them
 *   digest_*.c     the digest that tells whether a packet was edited
 *   pipe_*.c       the size of pipes
 *
 * The codecs of other formats are in codec/.
 */

#ifndef DIVIO_STREAM_H
#define DIVIO_STREAM_H

#include <stdatomic.h>

#include "base/base.h"

/* Bytes from rpos to wpos were read and not yet consumed by the codec. */
struct div_reader {
	int fd;
	const char *name; /* for messages */
	const struct codec *codec;
	int (*on_reuse)(void *); /* before the buffer moves */
	void *reuse_arg;
	uint8_t *buf;
	size_t size, rpos, wpos; /* bytes and offsets */
	uint64_t base;           /* stream offset of buf[0] */
	uint64_t line;           /* of text, counted from 1 */
	uint64_t skipped;        /* packets of a capture that are not IP */
	int eof;
	struct div_slots *slots; /* where references point, or NULL */
	uint8_t *packet;         /* for codecs that decode packets into it */
	uint8_t *edit;           /* the copy of an edited packet; or NULL */
	void *priv;              /* the codec's own */
	char error[DIV_ERRLEN];
};

struct div_writer {
	int fd;
	const struct codec *codec;
	int started;      /* the file header was written */
	uint64_t clamped; /* times that the format cannot hold */
	struct iovec *iov;
	int niov;
	uint8_t *arena;          /* for what is not in the caller's memory */
	size_t used;             /* bytes of it */
	struct div_slots *slots; /* or NULL */
	int refers;              /* the next process takes references */
	int edits;               /* and those to edited packets */
	void *priv;              /* the codec's own, from malloc(3) */
};

/*
 * A stream format.  next and put return as div_reader_next() and
 * div_writer_put() do; next fails by reader_fail().
 */
struct codec {
	const char *name;
	int (*next)(struct div_reader *, struct div_frame *);
	void (*done)(struct div_reader *); /* frees priv */
	int (*start)(struct div_writer *); /* file header */
	int (*put)(struct div_writer *, const struct div_frame *);
};

extern const struct codec codec_frame;

#define WRITER_ARENA (7 * DIV_PACKETMAX) /* bytes; an escaped packet fits */

void pipe_grow(int);

/*
 * Slots, counted from 1, of a memory file that only the reader of the port can
 * write.  A slot holds one packet.  In the pipe, a frame by reference is a header
 * with this flag and a captured length of 0; the slot takes the digest's place.
 */
#define SLOTS_FLAG 0x20
#define SLOTS_MAX 8192
#define SLOTS_FILTERS 8     /* that have memory for edited packets */
#define SLOTS_IDS (1 << 20) /* bits of ids that have returned */

/* The file begins with this, and the entries. */
struct slots_head {
	uint32_t n, size; /* slots, bytes of one */
};

struct slots_entry {
	_Atomic uint64_t id; /* of its packet; 0: none */
	uint32_t at, len;    /* the packet's offset in the slot, and bytes */
};

struct div_slots {
	uint32_t n, size;              /* slots, bytes of one */
	uint64_t epoch;                /* of the reader */
	struct slots_head *file;       /* mapped */
	struct slots_entry *entries;   /* in it */
	uint8_t *memory;               /* of the slots, in it */
	_Atomic uint64_t *returned;    /* mapped: bits by id modulo SLOTS_IDS */
	int fd, returnedfd;            /* the owner's, or -1 */
	_Atomic int refers;            /* the owner's writer puts references */
	uint64_t busy[SLOTS_MAX / 64]; /* the owner's slots in use */
	uint32_t low;                  /* all are in use before this word */
	uint32_t sweep;                /* the word to begin the next sweep at */

	/* Edited packets, in memory of which a filter has one, the sink all. */
	struct div_slots *edits[SLOTS_FILTERS];
	uint32_t filter;  /* a filter's number, counted from 1; or 0 */
	uint32_t filters; /* the owner: numbers that are given */
	int editsfd[SLOTS_FILTERS]; /* the owner's, or -1 */
};

/* The owner. */
struct div_slots *slots_new(uint32_t, uint32_t, uint64_t);
uint32_t slots_take(struct div_slots *);
void slots_release(struct div_slots *, uint32_t);
void slots_publish(struct div_slots *, const struct div_frame *);
int slots_is_published(const struct div_slots *, uint32_t);
void slots_sweep(struct div_slots *, unsigned int);

void slots_new_edits(struct div_slots *, uint32_t);

/* The pipeline; only its sink returns packets. */
struct div_slots *slots_map(int, int, uint64_t);
void slots_prefetch(const struct div_slots *, uint64_t);
int slots_resolve(const struct div_slots *, struct div_frame *);
int slots_has(const struct div_slots *, uint32_t, uint64_t);
int slots_holds(const struct div_slots *, const struct div_frame *);
void slots_return(struct div_slots *, uint64_t);

/* A filter puts what it edited, and the sink takes a copy. */
void slots_map_edits(struct div_slots *, uint32_t, int);
int slots_has_edits(const struct div_slots *);
uint64_t slots_put_edit(const struct div_slots *, const struct div_frame *);
int slots_take_edit(const struct div_slots *, struct div_frame *, uint8_t *);

/* What a process takes from a pipe, and how many bytes of it are locked. */
enum slots_taken { SLOTS_NONE, SLOTS_REFERENCES, SLOTS_EDITS };

uint8_t *slots_at(const struct div_slots *, uint32_t);
uint8_t *slots_find(const struct div_slots *, uint64_t, uint64_t, uint32_t *);
int slots_lock(const struct div_slots *, int, enum slots_taken);
enum slots_taken slots_locked(const struct div_slots *, int);

/*
 * reader_fill() reads until need bytes are in the buffer: 1, 0 if the input ends
 * before that, or -1.  reader_line() takes a line without its end: 1, 0 or -1.
 * reader_fail() sets error and errno, and returns -1.
 */
struct div_reader *reader_new(int, const char *, const struct codec *);
int reader_fill(struct div_reader *, size_t);
int reader_line(struct div_reader *, uint8_t **, size_t *);
int reader_fail(struct div_reader *, int, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
/*
 * writer_reserve() returns memory for n bytes, which writer_commit() puts;
 * writer_ref() puts bytes of the caller's, valid until the next flush.
 */
struct div_writer *writer_new(int, const struct codec *);
uint8_t *writer_reserve(struct div_writer *, size_t);
int writer_commit(struct div_writer *, size_t);
int writer_ref(struct div_writer *, uint8_t *, size_t);

#endif /* DIVIO_STREAM_H */
