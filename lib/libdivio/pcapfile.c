/* SPDX-License-Identifier: ISC */

/*
 * A pcap file as a divert port: its packets are what the kernel would hand
 * out, and what goes on is written to a second file, if there is one.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "port.h"

struct file {
	char *name;
	int in, out;
	struct div_reader *reader;
	struct div_writer *writer;
	uint64_t id;
};

static void
file_close(struct div *d)
{
	struct file *file = d->priv;

	if (file == NULL)
		return;
	div_reader_free(file->reader);
	div_writer_free(file->writer);
	if (file->in != -1)
		close(file->in);
	if (file->out != -1)
		close(file->out);
	free(file->name);
	free(file);
	d->priv = NULL;
}

static int
open_out(struct file *file, const char *out)
{
	file->out = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (file->out == -1)
		return -1;
	file->writer = div_writer_new(file->out, DIV_FMT_PCAP);
	return file->writer == NULL ? -1 : 0;
}

/* Opens "in.pcap" or "in.pcap,out.pcap". */
static int
file_open(struct div *d, const char *where)
{
	struct file *file;
	char *out;

	if ((file = calloc(1, sizeof(*file))) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	d->priv = file;
	file->in = file->out = -1;
	if ((file->name = strdup(where)) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	if ((out = strchr(file->name, ',')) != NULL)
		*out++ = '\0';
	file->in = open(file->name, O_RDONLY | O_CLOEXEC);
	if (file->in == -1)
		return port_fail(d, errno, "%s: %s", file->name,
		    strerror(errno));
	if (out != NULL && open_out(file, out) == -1)
		return port_fail(d, errno, "%s: %s", out, strerror(errno));
	file->reader = div_reader_new(file->in, file->name, DIV_FMT_PCAP);
	if (file->reader == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	d->fd = file->in;
	return 0;
}

static int
file_join(struct div *d, struct div *reader)
{
	(void)reader;
	return port_fail(d, EINVAL, "a file has no sink of its own");
}

static int
file_receive(struct div *d, struct div_frame *f)
{
	struct file *file = d->priv;
	int n;

	if (d->tie != NULL && d->tie(d->tiearg) == -1)
		return -1;
	n = div_reader_next(file->reader, f);
	if (n == -1)
		return port_fail(d, errno, "%s",
		    div_reader_error(file->reader));
	if (n == 0) {
		d->drained = 1;
		return 0;
	}
	f->type = DIV_PACKET;
	f->id = d->emitted = ++file->id;
	f->epoch = d->epoch;
	f->digest = div_frame_digest(f);
	d->n.received++;
	return 1;
}

/* Checksums are the sink's affair, and done: no digest, no second repair. */
static int
file_put(struct div *d, const struct div_frame *f)
{
	struct file *file = d->priv;
	struct div_frame done = *f;

	done.digest = 0;
	if (file->writer == NULL || div_writer_put(file->writer, &done) == 0)
		return 0;
	return port_fail(d, errno, "write: %s", strerror(errno));
}

/* Nothing is pending here: what was not sent is gone. */
static int
file_verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	if (v == DROP || v == DROP_TO)
		return 0;
	if (v == ACCEPT_TO ||
	    (v == RESTORE && (f->caplen == 0 || div_frame_edited(f))))
		return port_gone(d);
	return file_put(d, f);
}

static int
file_flush(struct div *d)
{
	struct file *file = d->priv;

	if (file->writer == NULL || div_writer_flush(file->writer) == 0)
		return 0;
	return port_fail(d, errno, "write: %s", strerror(errno));
}

/* There is nobody at the other end. */
static int
file_nothing(struct div *d)
{
	(void)d;
	return 0;
}

static int
file_finish(struct div *d, int fd)
{
	if (fd != -1)
		close(fd);
	return file_flush(d);
}

const struct backend backend_pcap = {
	.longest = DIV_PACKETMAX,
	.open = file_open,
	.join = file_join,
	.receive = file_receive,
	.verdict = file_verdict,
	.inject = file_put,
	.flush = file_flush,
	.look = file_nothing,
	.hear = file_nothing,
	.drain = file_nothing,
	.finish = file_finish,
	.close = file_close,
};
