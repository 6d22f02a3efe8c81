/* SPDX-License-Identifier: ISC */

/*
 * Capture files: read by libpcap, pcapng as well; written as raw IP packets
 * with nanoseconds, along with whatever else a writer gathers.
 */

#include <sys/types.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "internal.h"

#define SNAPLEN 262144 /* libpcap reads no more */
#define BUFFER 65536
#define NSEC 1000000000

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

/*
 * A link type: strip gives the offset of the IP header, or -1 if there is none.
 * Packets of some come with padding behind them.
 */
struct link {
	int dlt;
	ssize_t (*strip)(const uint8_t *, size_t);
	int pads;
};

/* the codec's own part of a reader */
struct capture {
	FILE *fp;
	pcap_t *pcap;
	const struct link *link;
	uint64_t packets;
	int error; /* errno of a read that failed */
};

static ssize_t
strip_raw(const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	return 0;
}

/* Skips VLAN tags, stacked ones too, that begin at off, after type. */
static ssize_t
strip_tags(const uint8_t *p, size_t len, uint16_t type, size_t off)
{
	while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
		if (len - off < 4)
			return -1;
		type = get16(p + off + 2);
		off += 4;
	}
	return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? (ssize_t)off :
								  -1;
}

static ssize_t
strip_ether(const uint8_t *p, size_t len)
{
	return len < 14 ? -1 : strip_tags(p, len, get16(p + 12), 14);
}

static ssize_t
strip_sll(const uint8_t *p, size_t len)
{
	return len < 16 ? -1 : strip_tags(p, len, get16(p + 14), 16);
}

static ssize_t
strip_sll2(const uint8_t *p, size_t len)
{
	return len < 20 ? -1 : strip_tags(p, len, get16(p), 20);
}

/*
 * An address family in the byte order of the machine that captured, known by
 * its small value; that of IPv6 differs from system to system.
 */
static ssize_t
strip_loopback(const uint8_t *p, size_t len)
{
	static const uint8_t families[] = { 2, 10, 24, 28, 30 };
	uint8_t family;

	if (len < 4)
		return -1;
	family = p[0] != 0 ? p[0] : p[3];
	if (get32(p) != family && get32(p) != (uint32_t)family << 24)
		return -1;
	return memchr(families, family, sizeof(families)) != NULL ? 4 : -1;
}

static const struct link links[] = {
	{ DLT_RAW, strip_raw, 0 },
	{ DLT_IPV4, strip_raw, 0 },
	{ DLT_IPV6, strip_raw, 0 },
	{ DLT_EN10MB, strip_ether, 1 },
	{ DLT_LINUX_SLL, strip_sll, 1 },
	{ DLT_LINUX_SLL2, strip_sll2, 1 },
	{ DLT_NULL, strip_loopback, 0 },
	{ DLT_LOOP, strip_loopback, 0 },
};

/* What libpcap's FILE reads: the reader's buffer, then its descriptor. */
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

/* Only tells ftello(3) where we are. */
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

/* The reader is ahead of libpcap; messages shall say where libpcap is. */
static void
capture_locate(struct div_reader *r)
{
	struct capture *c = r->priv;
	off_t pos = ftello(c->fp);

	if (pos != -1)
		r->base = (uint64_t)pos - r->rpos;
}

static int
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

static int
capture_link(struct div_reader *r)
{
	struct capture *c = r->priv;
	int dlt = pcap_datalink(c->pcap);
	const char *name = pcap_datalink_val_to_name(dlt);
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].dlt == dlt) {
			c->link = &links[i];
			return 0;
		}
	}
	capture_locate(r);
	if (name == NULL)
		return reader_fail(r, EPROTONOSUPPORT,
		    "link type %d is not supported", dlt);
	return reader_fail(r, EPROTONOSUPPORT,
	    "link type %s (%s) is not supported", name,
	    pcap_datalink_val_to_description(dlt));
}

static int
capture_open(struct div_reader *r)
{
	char err[PCAP_ERRBUF_SIZE];
	struct capture *c;

	if (r->packet == NULL)
		r->packet = malloc(DIV_PACKETMAX);
	r->priv = c = calloc(1, sizeof(*c));
	if (r->packet == NULL || c == NULL ||
	    (c->fp = funopen(r, capture_read, NULL, capture_seek, NULL)) ==
		NULL)
		return reader_fail(r, errno, "%s", strerror(errno));
	setvbuf(c->fp, NULL, _IOFBF, BUFFER);
	c->pcap = pcap_fopen_offline_with_tstamp_precision(c->fp,
	    PCAP_TSTAMP_PRECISION_NANO, err);
	return c->pcap == NULL ? capture_fail(r, err) : capture_link(r);
}

static void
pcap_done(struct div_reader *r)
{
	struct capture *c = r->priv;

	if (c != NULL && c->pcap != NULL)
		pcap_close(c->pcap); /* closes the FILE too */
	else if (c != NULL && c->fp != NULL)
		fclose(c->fp);
	free(c);
	r->priv = NULL;
}

/* How long the IP header says the packet is; 0: it does not say. */
static uint32_t
ip_length(const uint8_t *p, uint32_t len)
{
	if (len >= 20 && p[0] >> 4 == 4 && get16(p + 2) >= 20)
		return get16(p + 2);
	if (len >= 40 && p[0] >> 4 == 6 && get16(p + 4) != 0)
		return 40 + get16(p + 4);
	return 0;
}

/* Cuts off what is around the packet; -1 if that is no IP packet. */
static int
unwrap(struct div_frame *f, const struct link *link,
    const struct pcap_pkthdr *h, const uint8_t *data)
{
	ssize_t off = link->strip(data, h->caplen);
	uint32_t len;

	if (off == -1)
		return -1;
	f->caplen = h->caplen - (uint32_t)off;
	f->origlen = h->len - (uint32_t)off;
	if (h->len < h->caplen)
		f->origlen = f->caplen;
	len = link->pads ? ip_length(data + off, f->caplen) : 0;
	if (len != 0 && len < f->origlen)
		f->origlen = len;
	if (f->caplen > f->origlen)
		f->caplen = f->origlen;
	if (f->caplen < f->origlen)
		f->flags = DIV_F_TRUNC;
	memcpy(f->packet, data + off, f->caplen);
	return 0;
}

/* Classic files count seconds in 32 bits, which libpcap takes for signed. */
static uint64_t
nanoseconds(const struct pcap_pkthdr *h)
{
	uint64_t sec = h->ts.tv_sec < 0 ? (uint32_t)h->ts.tv_sec :
					  (uint64_t)h->ts.tv_sec;

	return sec * NSEC + (uint64_t)h->ts.tv_usec;
}

/*
 * The digest lets pcap output see later whether a filter edited the packet:
 * one that it did not edit goes out as it came, whatever its checksums.
 */
static int
capture_next(struct div_reader *r, struct capture *c, struct div_frame *f)
{
	struct pcap_pkthdr *h;
	const uint8_t *data;
	int n;

	memset(f, 0, sizeof(*f));
	f->type = DIV_INJECT;
	f->hdrlen = DIV_HDRLEN;
	f->packet = r->packet;
	do {
		n = pcap_next_ex(c->pcap, &h, &data);
		if (n == PCAP_ERROR_BREAK)
			return 0;
		if (n != 1)
			return capture_fail(r, pcap_geterr(c->pcap));
		c->packets++;
		if (h->caplen > DIV_PACKETMAX)
			return capture_fail(r, "packet too long");
		n = unwrap(f, c->link, h, data);
		if (n == -1)
			r->skipped++;
	} while (n == -1);
	f->time = nanoseconds(h);
	f->digest = div_frame_digest(f);
	return 1;
}

static int
pcap_next_frame(struct div_reader *r, struct div_frame *f)
{
	int error;

	if (r->priv == NULL && capture_open(r) == -1) {
		error = errno;
		pcap_done(r);
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

/* Only what is known to be edited: captured packets stay as they are. */
static int
wants_repair(const struct div_frame *f)
{
	if (f->flags & DIV_F_TRUNC)
		return 0;
	return f->flags & DIV_F_NOCSUM ||
	    (f->digest != 0 && div_frame_edited(f));
}

static int
pcap_put(struct div_writer *w, const struct div_frame *f)
{
	uint32_t h[4], n = f->caplen < SNAPLEN ? f->caplen : SNAPLEN;
	uint8_t *p;

	if (f->type != DIV_PACKET && f->type != DIV_INJECT)
		return 0;
	if ((p = writer_reserve(w, sizeof(h) + f->caplen)) == NULL)
		return -1;
	h[0] = (uint32_t)(f->time / NSEC);
	h[1] = (uint32_t)(f->time % NSEC);
	h[2] = n;
	h[3] = f->caplen;
	if (f->flags & DIV_F_TRUNC && f->origlen > f->caplen)
		h[3] = f->origlen;
	memcpy(p, h, sizeof(h));
	memcpy(p + sizeof(h), f->packet, f->caplen);
	if (wants_repair(f))
		div_repair(p + sizeof(h), f->caplen);
	return writer_commit(w, sizeof(h) + n);
}

const struct codec codec_pcap = {
	.name = "pcap",
	.next = pcap_next_frame,
	.done = pcap_done,
	.start = pcap_start,
	.put = pcap_put,
};
