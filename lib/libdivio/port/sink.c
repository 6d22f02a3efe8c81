/* SPDX-License-Identifier: ISC */

#include <errno.h>

#include "port/port.h"
#include "stream/stream.h"

/*
 * The sink: what becomes of a frame that comes back.  A frame is parsed once,
 * and its view handed down: to tcp/, which translates segments, and to the
 * repair of lengths and checksums.  The kernel gets one verdict for each id.
 */

static enum div_reason
repair(const struct div *d, struct div_frame *f, const struct div_packet *p)
{
	enum div_reason reason;

	if (f->flags & DIV_F_TRUNC)
		return DIV_REFUSE_TRUNCATED;
	if (f->caplen > d->be->longest)
		return DIV_REFUSE_TOOLONG;
	if (d->opt.flags & DIV_O_KEEPSUM || f->flags & DIV_F_KEEPSUM)
		return DIV_OK;
	if ((reason = packet_editable(p, f->flags)) != DIV_OK ||
	    (reason = sink_mtu(d, f, p)) != DIV_OK)
		return reason;
	return packet_repair(p, f->packet, 0);
}

static enum div_reason
repair_inject(const struct div *d, struct div_frame *f,
    const struct div_packet *p, enum tcp_action tcp)
{
	if (f->flags & DIV_F_NEXT)
		return DIV_REFUSE_NEXT;
	if (tcp == TCP_REFUSED)
		return tcp_refusal(d->tcp);
	if (f->flags & DIV_F_TRUNC)
		return DIV_REFUSE_TRUNCATED;
	if (d->opt.flags & DIV_O_KEEPSUM || f->flags & DIV_F_KEEPSUM)
		return p->addrlen == 0 ? DIV_REFUSE_MALFORMED : DIV_OK;
	if (f->flags & DIV_F_BADSUM)
		return DIV_REFUSE_DAMAGED;
	return packet_repair(p, f->packet, 1);
}

static int
count(struct div *d, enum div_reason reason)
{
	d->n.reason[reason]++;
	return (int)reason;
}

static int
send_inject(struct div *d, struct div_frame *f)
{
	enum div_reason reason;
	enum tcp_action tcp;
	struct div_packet p;
	int edited = 1;

	(void)div_packet_parse(&p, f->packet, f->caplen);
	tcp = sink_tcp(d, f, &p, &edited);
	if (tcp == TCP_FAILED)
		return -1;
	if (tcp == TCP_DROPPED) /* some of its data; it has had its verdict */
		return count(d, tcp_refusal(d->tcp));
	if (tcp == TCP_STOLEN || tcp == TCP_PASS_ORIGINAL)
		return DIV_OK;
	if ((reason = repair_inject(d, f, &p, tcp)) != DIV_OK)
		return count(d, reason);
	return sink_inject(d, f);
}

static int
refuse(struct div *d, const struct div_frame *f, enum div_reason reason,
    enum verdict v)
{
	d->n.reason[reason]++;
	return d->be->verdict(d, f, v) == -1 ? -1 : (int)reason;
}

/* Ends a connection that cannot go on, with an RST to both ends. */
static int
reject(struct div *d, const struct div_frame *f)
{
	struct div_frame rst[DIV_REJECTMAX];
	uint8_t buf[DIV_REJECTLEN];
	int i, n = div_reject(f, rst, buf);

	for (i = 0; i < n; i++)
		if (div_repair_new(rst[i].packet, rst[i].caplen) == DIV_OK &&
		    sink_inject(d, &rst[i]) == -1)
			return -1;
	tcp_given_up(d->tcp);
	return 0;
}

static int
refuse_tcp(struct div *d, const struct div_frame *f, enum verdict v)
{
	enum div_reason reason = tcp_refusal(d->tcp);

	if (v == DROP && tcp_gives_up(d->tcp) && reject(d, f) == -1)
		return -1;
	return refuse(d, f, reason, v);
}

/* A packet passes as it was; its flow may be let go. */
static int
pass(struct div *d, struct div_frame *f, const struct div_packet *p)
{
	uint32_t bit = port_letgo_bit(&d->opt);

	d->n.passed++;
	if (f->flags & DIV_F_DONE && p->addrlen != 0 && bit != 0 &&
	    !(d->opt.flags & DIV_O_REPEAT) && sink_tcp_may_leave(d, p)) {
		f->mark |= bit;
		d->n.letgo++;
	}
	return d->be->verdict(d, f, ACCEPT);
}

static int
send_packet(struct div *d, struct div_frame *f)
{
	enum verdict refused = d->opt.flags & DIV_O_PASS ? RESTORE : DROP;
	enum div_reason reason;
	struct div_packet p;
	int n, edited = div_frame_edited(f);

	f->slot = 0;
	(void)div_packet_parse(&p, f->packet, f->caplen);
	if ((n = sink_frag(d, f, &p, edited)) != FRAG_NONE)
		return n;
	switch (sink_tcp(d, f, &p, &edited)) {
	case TCP_PASS:
		break;
	case TCP_PASS_ORIGINAL:
		return refuse(d, f, DIV_REFUSE_PASSED, RESTORE);
	case TCP_REFUSED:
		return refuse_tcp(d, f, refused);
	case TCP_STOLEN:
		return DIV_OK;
	case TCP_DROPPED:
		return count(d, tcp_refusal(d->tcp));
	case TCP_FAILED:
		return -1;
	}
	if (!edited)
		return pass(d, f, &p);
	if ((reason = repair(d, f, &p)) != DIV_OK)
		return refuse(d, f, reason, refused);
	d->n.edited++;
	return d->be->verdict(d, f, REPLACE);
}

/* Gives a verdict on n packets at once. */
static int
send_verdict(struct div *d, const struct div_frame *f, enum verdict v,
    uint64_t n)
{
	int result = d->be->verdict(d, f, v);

	if (result == DIV_OK && f->type == DIV_DROP)
		d->n.dropped += n;
	else if (result == DIV_OK)
		d->n.passed += n;
	return result;
}

/*
 * A verdict on all packets that are pending.  Segments in an out-of-order queue
 * are, too, but have had their own verdict and are still to be translated.
 */
static int
send_verdict_all(struct div *d, struct div_frame *f)
{
	if (d->be->poll_peer(d) == -1 || sink_frag_flush(d) == -1 ||
	    sink_tcp_leave_queue(d) == -1)
		return -1;
	f->id = d->emitted;
	return send_verdict(d, f, f->type == DIV_DROP ? DROP_TO : ACCEPT_TO,
	    idwin_close(&d->ids, f->id));
}

/*
 * Joins the reader that the first frame names by its port and epoch: from then
 * on the sink gives verdicts.
 */
static int
join_reader(struct div *d, const struct div_frame *f)
{
	if (d->anyport) {
		d->port = f->port;
		d->anyport = 0;
	}
	if (f->port != 0 && f->port != d->port)
		return port_fail(d, EINVAL, "frames come from port %u, not %u",
		    f->port, d->port);
	if (f->epoch == 0)
		return port_fail(d, EINVAL,
		    f->type == DIV_PACKET ?
			"frame of no reader: it has no epoch" :
			"verdict of no reader: name port and epoch, or let a "
			"frame precede it");
	d->epoch = f->epoch;
	if (d->be->join(d) == -1)
		return -1;
	sink_tcp_join(d);
	return 0;
}

/* A line typed by a person has neither epoch nor port. */
static int
is_of_reader(const struct div *d, const struct div_frame *f)
{
	return (f->port == 0 || f->port == d->port) &&
	    (f->epoch == 0 || f->epoch == d->epoch);
}

/*
 * True for an id that was emitted, and not so long ago that the kernel, where
 * ids have 32 bits, would take it for a future one.  A sink that shares no
 * memory with its reader knows the ids from the frames.
 */
static int
is_emitted(struct div *d, uint64_t id)
{
	if (id > d->emitted && !d->be->sync_ids(d) && d->fd == -1)
		d->emitted = id;
	return id != 0 && id <= d->emitted && d->emitted - id <= INT32_MAX;
}

/*
 * A frame that has come back: no process of the pipeline looks at its packet any
 * more.
 */
static void
return_slot(struct div *d, uint64_t id)
{
	if (d->emitted - id < SLOTS_IDS / 2)
		slots_return(d->slots, id);
}

/*
 * Takes the packet out of shared memory.  Where it is gone, which only the reader
 * can do, the frame is dropped.
 */
static int
take(struct div *d, struct div_frame *f, enum idwin_answer answer)
{
	int n = sink_slot_take(d, f, answer == IDWIN_NEW);

	if (n != DIV_STALE)
		return n;
	return answer == IDWIN_NEW ? refuse(d, f, DIV_STALE, DROP) :
				     count(d, DIV_STALE);
}

static int
send_late(struct div *d, struct div_frame *f)
{
	enum div_reason reason = f->id <= d->ids.expired ? DIV_EXPIRED :
							   DIV_LATE;

	if (reason == DIV_EXPIRED && d->opt.flags & DIV_O_LATE &&
	    f->type == DIV_PACKET)
		sink_tcp_passed(d, f);
	return count(d, reason);
}

/*
 * Filters hold packets for so long.  It joins the reader, which drops packets as
 * long as it has no writer; and it is bounded, for filters are not trusted.
 */
static int
send_hold(struct div *d, const struct div_frame *f)
{
	uint64_t extra = f->time < DIV_HOLDMAX ? f->time : DIV_HOLDMAX;

	if (d->epoch == 0 && f->epoch != 0 && join_reader(d, f) == -1)
		return -1;
	if (!d->anyport && !is_of_reader(d, f))
		return count(d, DIV_STALE);
	if (f->flags & DIV_F_DISORDER)
		sink_tcp_disorder(d);
	if (d->opt.hold == 0 || extra <= d->extra)
		return DIV_OK;
	d->extra = extra;
	idwin_extend(&d->ids, d->opt.hold, extra);
	return DIV_OK;
}

static int
send_judged(struct div *d, struct div_frame *f)
{
	enum idwin_answer answer;
	int n;

	if (!is_of_reader(d, f))
		return count(d, DIV_STALE);
	idage_clear(&d->ids.quiet);
	if (f->id == DIV_ALL && f->type != DIV_PACKET)
		return send_verdict_all(d, f);
	if (!is_emitted(d, f->id))
		return count(d,
		    f->id == 0 || f->id > d->emitted ? DIV_NOPACKET :
						       DIV_STALE);
	answer = idwin_judge(&d->ids, f->id);
	if (f->slot != 0 && (n = take(d, f, answer)) != DIV_OK)
		return n;
	return_slot(d, f->id);
	switch (answer) {
	case IDWIN_LATE:
		return send_late(d, f);
	case IDWIN_SEEN:
		/* a filter made a copy: a new packet, without an id */
		f->id = 0;
		return f->type == DIV_PACKET ? send_inject(d, f) : DIV_OK;
	case IDWIN_NEW:
		break;
	}
	if (f->type == DIV_PACKET)
		return send_packet(d, f);
	return send_verdict(d, f, f->type == DIV_DROP ? DROP : RESTORE, 1);
}

/*
 * A new packet needs no reader: one that answers a packet of a reader that is gone
 * is as any other.
 */
static int
join_for_answer(struct div *d, const struct div_frame *f)
{
	const uint16_t port = d->port;
	const int anyport = d->anyport;

	if (d->alone)
		return -1;
	if (join_reader(d, f) == 0)
		return 0;
	d->alone = 1;
	d->port = port;
	d->anyport = anyport;
	d->epoch = 0;
	d->error[0] = '\0';
	return -1;
}

/*
 * A new packet that answers a pending one, which will be dropped.  Returns 1 if
 * the backend needed the latter's verdict to send it.
 */
static int
send_answer(struct div *d, const struct div_frame *f)
{
	int n;

	if (d->be->answer == NULL || f->id == 0 || f->epoch == 0)
		return 0;
	if (d->epoch == 0 && join_for_answer(d, f) == -1)
		return 0;
	if (!is_of_reader(d, f) || !is_emitted(d, f->id) ||
	    !idwin_pending(&d->ids, f->id) || (n = d->be->answer(d, f)) == 0)
		return 0;
	if (n == -1)
		return -1;
	idwin_judge(&d->ids, f->id);
	d->n.dropped++;
	return 1;
}

/* New packets have no id in the kernel; that of an answer is another's. */
static int
send_new(struct div *d, struct div_frame *f)
{
	int n = send_answer(d, f);

	f->id = 0;
	if (n != 0)
		return n == -1 ? -1 : DIV_OK;
	return send_inject(d, f);
}

int
div_send(struct div *d, struct div_frame *f)
{
	switch (f->type) {
	case DIV_PACKET:
	case DIV_DROP:
	case DIV_PASS:
		if (d->epoch == 0 && join_reader(d, f) == -1)
			return -1;
		return send_judged(d, f);
	case DIV_INJECT:
		return send_new(d, f);
	case DIV_HOLD:
		return send_hold(d, f);
	default:
		return DIV_OK;
	}
}
