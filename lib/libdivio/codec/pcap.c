/* SPDX-License-Identifier: ISC */

/*
 * Capture files.  Classic ones are read by pcap_classic.c, pcapng by
 * pcapng_read.c, others by libpcap.
 * Output is a classic file of link type raw IP, with nanoseconds.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

#define BUFFER 65536
#define NSEC 1000000000
#define TIME_MAX (UINT32_MAX * UINT64_C(1000000000) + 999999999) /* ns */
#define END_OF_FILE (-2) /* PCAP_ERROR_BREAK, which OpenBSD does not define */

/* libpcap's FILE reads the reader's buffer, which has its first bytes. */
static int
capture_read(void *arg, char *buf, int len)
{
	struct div_reader *r = arg;
	struct capture *c = r->priv;
	size_t n;
	int ok;

	if ((ok = reader_fill(r, 1)) != 1) {
		c->error = ok == -1 ? errno : 0;
		return ok;
	}
	n = r->wpos - r->rpos;
	if (n > (size_t)len)
		n = (size_t)len;
	memcpy(buf, r->buf + r->rpos, n);
	r->rpos += n;
	return (int)n;
}

/* Serves ftello(3) only. */
static off_t
capture_seek(void *arg, off_t off, int whence)
{
	const struct div_reader *r = arg;

	if (off != 0 || whence != SEEK_CUR) {
		errno = ESPIPE;
		return -1;
	}
	return (off_t)(r->base + r->rpos);
}

/* Error messages give libpcap's offset; the reader is ahead of it. */
static void
capture_locate(struct div_reader *r)
{
	struct capture *c = r->priv;
	off_t pos = c->fp == NULL ? -1 : ftello(c->fp);

	if (pos != -1)
		r->base = (uint64_t)pos - r->rpos;
}

int
capture_fail(struct div_reader *r, const char *text)
{
	struct capture *c = r->priv;

	if (c->error != 0) {
		errno = c->error;
		return -1;
	}
	capture_locate(r);
	if (c->packets == 0)
		return reader_fail(r, EBADMSG, "%s", text);
	return reader_fail(r, EBADMSG, "after packet %ju: %s",
	    (uintmax_t)c->packets, text);
}

int
capture_truncated(struct div_reader *r, const char *text)
{
	r->rpos = r->wpos;
	return capture_fail(r, text);
}

/* dlt is a DLT_ number, or one of LINKTYPE_ that is none. */
int
capture_link_fail(struct div_reader *r, int dlt)
{
	const char *name = pcap_datalink_val_to_name(dlt);

	capture_locate(r);
	if (name == NULL)
		return reader_fail(r, EPROTONOSUPPORT,
		    "link type %d is not supported", dlt);
	return reader_fail(r, EPROTONOSUPPORT,
	    "link type %s (%s) is not supported", name,
	    pcap_datalink_val_to_description(dlt));
}

static int
capture_link(struct div_reader *r)
{
	struct capture *c = r->priv;
	int dlt = pcap_datalink(c->pcap);

	if ((c->link = linktype_of_dlt(dlt)) != NULL)
		return 0;
	return capture_link_fail(r, dlt);
}

/* Seconds of classic files are unsigned, 32 bits; libpcap takes them as signed. */
static uint64_t
nanoseconds(const struct pcap_pkthdr *h, uint32_t tick)
{
	uint64_t sec = h->ts.tv_sec < 0 ? (uint32_t)h->ts.tv_sec :
					  (uint64_t)h->ts.tv_sec;

	return sec * NSEC + (uint64_t)h->ts.tv_usec * tick;
}

static int
libpcap_next(struct div_reader *r, struct capture_record *h)
{
	struct capture *c = r->priv;
	struct pcap_pkthdr *ph;
	const uint8_t *data;
	int n;

	n = pcap_next_ex(c->pcap, &ph, &data);
	if (n == END_OF_FILE)
		return 0;
	if (n != 1)
		return capture_fail(r, pcap_geterr(c->pcap));
	if (ph->caplen > DIV_PACKETMAX)
		return capture_fail(r, "packet too long");
	h->caplen = ph->caplen;
	h->len = ph->len;
	h->time = nanoseconds(ph, c->tick);
	h->data = r->packet;
	memcpy(h->data, data, ph->caplen);
	return 1;
}

static int
libpcap_open(struct div_reader *r, struct capture *c)
{
	char err[PCAP_ERRBUF_SIZE];

	if (r->packet == NULL)
		r->packet = malloc(DIV_PACKETMAX);
	if (r->packet == NULL ||
	    (c->fp = funopen(r, capture_read, NULL, capture_seek, NULL)) ==
		NULL)
		return reader_fail(r, errno, "%s", strerror(errno));
	setvbuf(c->fp, NULL, _IOFBF, BUFFER);
	c->next = libpcap_next;
	capture_open_libpcap(c, err);
	return c->pcap == NULL ? capture_fail(r, err) : capture_link(r);
}

static int
capture_open(struct div_reader *r)
{
	struct capture *c;
	int n;

	if ((r->priv = c = calloc(1, sizeof(*c))) == NULL)
		return reader_fail(r, errno, "%s", strerror(errno));
	c->frame.type = DIV_INJECT;
	c->frame.hdrlen = DIV_HDRLEN;
	(void)reader_fill(r, sizeof(uint64_t));
	if (codec_refuse_compressed(r) == -1)
		return -1;
	if (capture_open_classic(r, c))
		return 0;
	if ((n = capture_open_pcapng(r, c)) != 0)
		return n == 1 ? 0 : -1;
	return libpcap_open(r, c);
}

void
capture_done(struct div_reader *r)
{
	struct capture *c = r->priv;

	if (c != NULL && c->pcap != NULL)
		pcap_close(c->pcap); /* closes the FILE too */
	else if (c != NULL && c->fp != NULL)
		fclose(c->fp);
	if (c != NULL)
		capture_free_pcapng(c);
	free(c);
	r->priv = NULL;
}

/*
 * The digest lets pcap output recognise edited packets; others are written as
 * they were, wrong checksums included.
 */
static int
capture_next(struct div_reader *r, struct capture *c, struct div_frame *f)
{
	struct capture_record h;
	int n;

	while ((n = c->next(r, &h)) == 1) {
		c->packets++;
		*f = c->frame;
		if (c->link != NULL && linktype_strip(c->link, &h, f) == 0)
			break;
		r->skipped++;
	}
	if (n != 1)
		return n;
	f->time = h.time;
	f->digest = div_frame_digest(f);
	return 1;
}

int
capture_next_frame(struct div_reader *r, struct div_frame *f)
{
	int error;

	if (r->priv == NULL && capture_open(r) == -1) {
		error = errno;
		capture_done(r);
		errno = error;
		return -1;
	}
	return capture_next(r, r->priv, f);
}

static int
pcap_start(struct div_writer *w)
{
	const struct pcap_file_header h = {
		.magic = 0xa1b23c4d, /* nanoseconds */
		.version_major = PCAP_VERSION_MAJOR,
		.version_minor = PCAP_VERSION_MINOR,
		.snaplen = SNAPLEN,
		.linktype = 101, /* raw IP, on all systems */
	};
	uint8_t *p;

	if ((p = writer_reserve(w, sizeof(h))) == NULL)
		return -1;
	memcpy(p, &h, sizeof(h));
	return writer_commit(w, sizeof(h));
}

/* True for a packet that was edited, or with checksums left to offload. */
int
capture_wants_repair(const struct div_frame *f, int edited)
{
	return !(f->flags & DIV_F_TRUNC) && (f->flags & DIV_F_NOCSUM || edited);
}

/* Seconds have 32 bits, which end in 2106. */
static uint64_t
clamp(struct div_writer *w, uint64_t time)
{
	if (time <= TIME_MAX)
		return time;
	w->clamped++;
	return TIME_MAX;
}

static int
pcap_put(struct div_writer *w, const struct div_frame *f)
{
	uint32_t h[4], n = f->caplen < SNAPLEN ? f->caplen : SNAPLEN;
	uint64_t time;
	uint8_t *p;

	if (f->type != DIV_PACKET && f->type != DIV_INJECT)
		return 0;
	if ((p = writer_reserve(w, sizeof(h) + f->caplen)) == NULL)
		return -1;
	time = clamp(w, f->time);
	h[0] = (uint32_t)(time / NSEC);
	h[1] = (uint32_t)(time % NSEC);
	h[2] = n;
	h[3] = frame_length(f);
	memcpy(p, h, sizeof(h));
	memcpy(p + sizeof(h), f->packet, f->caplen);
	if (capture_wants_repair(f, frame_is_edited(f)))
		div_repair(p + sizeof(h), f->caplen);
	return writer_commit(w, sizeof(h) + n);
}

const struct codec codec_pcap = {
	.name = "pcap",
	.next = capture_next_frame,
	.done = capture_done,
	.start = pcap_start,
	.put = pcap_put,
};
