/* SPDX-License-Identifier: ISC */

#include <errno.h>

#include "port.h"

static enum div_reason
repair(const struct div *d, struct div_frame *f)
{
	enum div_reason reason;
	struct div_packet p;

	if (f->flags & DIV_F_TRUNC)
		return DIV_REFUSE_TRUNCATED;
	if (f->caplen > d->be->longest)
		return DIV_REFUSE_TOOLONG;
	if (d->opt.flags & DIV_O_KEEPSUM)
		return DIV_OK;
	if ((reason = div_editable(f, &p)) != DIV_OK ||
	    (reason = sink_mtu(d, f, &p)) != DIV_OK)
		return reason;
	return div_repair(f->packet, f->caplen);
}

static enum div_reason
repair_inject(const struct div *d, struct div_frame *f, enum flow_answer tcp)
{
	struct div_packet p;

	if (f->flags & DIV_F_NEXT)
		return DIV_REFUSE_NEXT;
	if (tcp == FLOW_REFUSED)
		return DIV_REFUSE_TCPLEN;
	if (f->flags & DIV_F_TRUNC)
		return DIV_REFUSE_TRUNCATED;
	if (!(d->opt.flags & DIV_O_KEEPSUM))
		return div_repair_new(f->packet, f->caplen);
	if (div_packet_parse(&p, f->packet, f->caplen) == -1)
		return DIV_REFUSE_MALFORMED;
	return DIV_OK;
}

static int
send_inject(struct div *d, struct div_frame *f)
{
	enum flow_answer tcp = sink_tcp(d, f);
	enum div_reason reason;

	if (tcp == FLOW_FAILED)
		return -1;
	if (tcp == FLOW_TAKEN || tcp == FLOW_ORIGINAL)
		return DIV_OK;
	if ((reason = repair_inject(d, f, tcp)) != DIV_OK) {
		d->n.reason[reason]++;
		return (int)reason;
	}
	return sink_inject(d, f);
}

static int
refuse(struct div *d, const struct div_frame *f, enum div_reason reason,
    enum verdict v)
{
	d->n.reason[reason]++;
	return d->be->verdict(d, f, v) == -1 ? -1 : (int)reason;
}

static int
send_packet(struct div *d, struct div_frame *f)
{
	enum verdict refused = d->opt.flags & DIV_O_PASS ? RESTORE : DROP;
	enum div_reason reason;
	int edited = div_frame_edited(f);

	switch (sink_tcp(d, f)) {
	case FLOW_PASS:
		break;
	case FLOW_ORIGINAL:
		return refuse(d, f, DIV_REFUSE_PASSED, RESTORE);
	case FLOW_REFUSED:
		return refuse(d, f, DIV_REFUSE_TCPLEN, refused);
	case FLOW_TAKEN:
		return DIV_OK;
	case FLOW_FAILED:
		return -1;
	}
	if (!edited) {
		d->n.passed++;
		return d->be->verdict(d, f, ACCEPT);
	}
	if ((reason = repair(d, f)) != DIV_OK)
		return refuse(d, f, reason, refused);
	d->n.edited++;
	return d->be->verdict(d, f, REPLACE);
}

static int
send_verdict(struct div *d, struct div_frame *f, int all)
{
	int drop = f->type == DIV_DROP, result;
	uint64_t n = 1;

	if (all) {
		if (d->be->hear(d) == -1)
			return -1;
		f->id = d->emitted;
		n = ledger_close(&d->ledger, f->id);
	}
	if (all)
		result = d->be->verdict(d, f, drop ? DROP_TO : ACCEPT_TO);
	else
		result = d->be->verdict(d, f, drop ? DROP : RESTORE);
	if (result == DIV_OK && drop)
		d->n.dropped += n;
	else if (result == DIV_OK)
		d->n.passed += n;
	return result;
}

/*
 * Frames of another reader are none of ours.  A line typed by a person has
 * neither epoch nor port.
 */
static int
check_reader(struct div *d, const struct div_frame *f)
{
	if (d->anyport) {
		d->port = f->port;
		d->anyport = 0;
	}
	if (f->port != 0 && f->port != d->port && d->epoch == 0)
		return port_fail(d, EINVAL, "frames come from port %u, not %u",
		    f->port, d->port);
	if (f->port != 0 && f->port != d->port)
		return DIV_STALE;
	if (d->epoch == 0) {
		if (f->epoch == 0)
			return port_fail(d, EINVAL,
			    "frame of no reader: it has no epoch");
		d->epoch = f->epoch;
		return d->be->join(d, NULL);
	}
	return f->epoch != 0 && f->epoch != d->epoch ? DIV_STALE : DIV_OK;
}

/*
 * Whether an id is one that was emitted, and not so long ago that the kernel, to
 * which it has 32 bits, takes it for one to come.  A sink that shares nothing
 * with its reader has only the frames to know from.
 */
static int
is_emitted(struct div *d, uint64_t id)
{
	if (id > d->emitted && !d->be->look(d) && d->fd == -1)
		d->emitted = id;
	return id != 0 && id <= d->emitted && d->emitted - id <= INT32_MAX;
}

static int
send_judged(struct div *d, struct div_frame *f)
{
	int all = f->id == DIV_ALL && f->type != DIV_PACKET;
	int n;

	if ((n = check_reader(d, f)) != DIV_OK) {
		if (n == DIV_STALE)
			d->n.reason[DIV_STALE]++;
		return n;
	}
	aging_clear(&d->ledger.quiet);
	if (all)
		return send_verdict(d, f, 1);
	if (!is_emitted(d, f->id)) {
		d->n.reason[DIV_STALE]++;
		return DIV_STALE;
	}
	switch (ledger_judge(&d->ledger, f->id)) {
	case LEDGER_LATE:
		d->n.reason[DIV_LATE]++;
		return DIV_LATE;
	case LEDGER_SEEN:
		/* a filter made two of one: the other has no id */
		f->id = 0;
		return f->type == DIV_PACKET ? send_inject(d, f) : DIV_OK;
	case LEDGER_NEW:
		break;
	}
	if (f->type == DIV_PACKET)
		return send_packet(d, f);
	return send_verdict(d, f, 0);
}

int
div_send(struct div *d, struct div_frame *f)
{
	switch (f->type) {
	case DIV_PACKET:
	case DIV_DROP:
	case DIV_PASS:
		return send_judged(d, f);
	case DIV_INJECT:
		/* whatever its filter says, the kernel knows it by none */
		f->id = 0;
		return send_inject(d, f);
	default:
		return DIV_OK;
	}
}
