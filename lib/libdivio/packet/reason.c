/* SPDX-License-Identifier: ISC */

/* Texts for the reasons why a sink refuses a frame or an edit. */

#include "divio.h"

const char *
div_reason(enum div_reason reason)
{
	static const char *const texts[DIV_NREASONS] = {
		[DIV_OK] = "no reason",
		[DIV_REFUSE_MALFORMED] = "not an IP packet with whole headers",
		[DIV_REFUSE_FRAGMENT] = "fragments are not edited",
		[DIV_REFUSE_TRUNCATED] = "truncated packets are not edited",
		[DIV_REFUSE_DAMAGED] = "damaged packets are not edited",
		[DIV_REFUSE_REASSEMBLY] =
		    "fragments of a TCP segment overlap, or some are missing",
		[DIV_REFUSE_PROTOCOL] = "checksum of the protocol unknown",
		[DIV_REFUSE_TCPLEN] =
		    "TCP segment cannot change its length: divert both directions",
		[DIV_REFUSE_SYN] = "data is not inserted into a SYN",
		[DIV_REFUSE_CLOSED] =
		    "TCP segment cannot change its length: its stream has ended",
		[DIV_REFUSE_SIGNED] = "TCP segments are signed (MD5 or AO)",
		[DIV_REFUSE_MPTCP] =
		    "Multipath TCP whose handshake was not seen is not edited",
		[DIV_REFUSE_CRYPT] = "TCP segments are encrypted (tcpcrypt)",
		[DIV_REFUSE_UNACCEPTABLE] =
		    "TCP segment that its receiver does not accept",
		[DIV_REFUSE_MEMORY] = "no memory for a TCP connection: see -M",
		[DIV_REFUSE_PASSED] = "TCP data had passed before, unedited",
		[DIV_REFUSE_MTU] = "IPv6 datagram has grown over the MTU",
		[DIV_REFUSE_TOOLONG] = "longer than an IP packet can be",
		[DIV_REFUSE_NEXT] =
		    "data for no TCP connection that was seen both ways",
		[DIV_STALE] = "frame of another epoch or port",
		[DIV_NOPACKET] = "no packet with this id has been diverted",
		[DIV_LATE] = "verdict was given already",
		[DIV_EXPIRED] = "came back too late",
		[DIV_GONE] =
		    "to pass a packet as it was, its frame must come back",
		[DIV_NOTSENT] = "packet not taken by the kernel",
	};

	if ((unsigned int)reason >= DIV_NREASONS)
		return "unknown reason";
	return texts[reason];
}
