/* SPDX-License-Identifier: ISC */

/*
 * A fixture: a pcap file as a divert port.  Its packets are received, and those
 * that pass are written to a second file, if there is one.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend_pcap.h"

static const char *where; /* "in.pcap" or "in.pcap,out.pcap" */

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

static int
file_open(struct div *d)
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
file_attach(struct div *d, struct div *reader)
{
	(void)reader;
	return port_fail(d, EINVAL, "a file has no sink of its own");
}

static int
file_receive(struct div *d, struct div_frame *f)
{
	struct file *file = d->priv;
	int n;

	if (port_reuse(d) == -1)
		return -1;
	n = d->bypass ? 0 : div_reader_next(file->reader, f);
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

/* The sink has repaired the packet: without a digest, the writer does not. */
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

/* A file keeps nothing: a verdict without the packet is lost. */
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

/* There is no other process. */
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

static const struct backend backend_pcap = {
	.longest = DIV_PACKETMAX,
	.open = file_open,
	.attach = file_attach,
	.join = file_nothing,
	.receive = file_receive,
	.verdict = file_verdict,
	.inject = file_put,
	.flush = file_flush,
	.sync_ids = file_nothing,
	.poll_peer = file_nothing,
	.drain = file_nothing,
	.finish = file_finish,
	.close = file_close,
};

struct div *
pcap_port(const char *names, const struct div_options *opt,
    char err[DIV_ERRLEN])
{
	where = names;
	return port_open(&backend_pcap, 0, opt, err);
}
