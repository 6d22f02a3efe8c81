/* SPDX-License-Identifier: ISC */

/*
 * Connections that another sink has translated, and left: the firewall has noted
 * them, and drops what does not carry the mark's bit.  Their numbers are lost
 * with that sink, so both ends are reset.
 */

#include "tcp/tcp.h"

static uint8_t
ask(const struct tcp_table *tbl, const struct tcp_segment *s)
{
	return tbl->mark != 0 && tbl->ops->noted != NULL &&
	    tbl->ops->noted(tbl->arg, s->f) != 0;
}

/* A connection that is met in the middle. */
static void
meet(struct tcp_table *tbl, const struct tcp_segment *s)
{
	struct tcp_conn *conn = s->conn;

	if (conn->asked || conn->half[0].seen || conn->half[1].seen)
		return;
	conn->asked = 1;
	conn->orphan = ask(tbl, s);
	tbl->n.reset += conn->orphan;
}

/*
 * A SYN is sent again: connection tracking may not have noticed that another
 * connection begins on the ports of a noted one, and the rules drop it.
 */
static void
meet_again(struct tcp_table *tbl, const struct tcp_segment *s)
{
	struct tcp_conn *conn = s->conn;

	if (!conn->noted && !conn->resized && s->from->syn &&
	    s->seq == s->from->iss)
		conn->noted = ask(tbl, s);
}

int
tcp_is_orphan(struct tcp_table *tbl, const struct tcp_segment *s)
{
	if (s->f->type != DIV_PACKET)
		return 0;
	if (s->flags & TH_SYN) {
		meet_again(tbl, s);
		return 0;
	}
	meet(tbl, s);
	return s->conn->orphan;
}

/*
 * The receiver gets the headers, with an old number, and answers as to a
 * keepalive probe (RFC 9293, 3.10.7.4): so it becomes a sender itself.
 */
static int
probe(struct tcp_table *tbl, struct tcp_segment *s)
{
	put32(s->tcp + 4, s->seq - 1);
	s->tcp[13] = TH_ACK;
	s->f->caplen = (uint32_t)s->hlen;
	s->f->mark |= tcp_mark(tbl, s->conn);
	return tbl->ops->verdict(tbl->arg, s->f, TCP_TRANSLATE);
}

/* Resets the sender, whose acknowledgement is the number that it expects. */
enum tcp_action
tcp_reset_orphan(struct tcp_table *tbl, struct tcp_segment *s)
{
	int error;

	if (s->flags & TH_RST || !(s->flags & TH_ACK))
		error = tbl->ops->verdict(tbl->arg, s->f, TCP_ABSORB);
	else if ((error = probe(tbl, s)) == 0) {
		s->to->ack = seq_end(s);
		error = tcp_send_rst_at(tbl, s->conn, !s->side, s->ack);
	}
	return error == -1 ? TCP_FAILED : TCP_STOLEN;
}
