/* SPDX-License-Identifier: ISC */

/*
 * The kernel's reassembly of fragments (nf_defrag_ipv4, nf_defrag_ipv6), which
 * otherwise runs only where rules track connections: without it, rules that name
 * ports divert the first fragment alone.  A program of type BPF_NETFILTER that
 * accepts all packets turns it on, with BPF_F_NETFILTER_IP_DEFRAG (Linux 6.6),
 * until its descriptor is closed.  The kernel then drops the packets that are
 * pending in any queue, as with each hook that goes: the writer keeps it, too.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/netfilter.h>

#include "divcat.h"

/* linux/bpf.h has these since Linux 6.4 and 6.6 */
#define PROG_TYPE_NETFILTER 32
#define ATTACH_NETFILTER 45
#define F_NETFILTER_IP_DEFRAG 1

static const int families[] = { AF_INET, AF_INET6 };

/* The part of union bpf_attr for BPF_LINK_CREATE. */
struct link_attr {
	uint32_t prog, target, type, flags;
	uint32_t family, hook;
	int32_t priority;
	uint32_t netfilter_flags;
	uint32_t reserved[4];
};

static int
load(void)
{
	static const struct bpf_insn accept[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = NF_ACCEPT },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const char licence[] = "ISC";
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = PROG_TYPE_NETFILTER;
	attr.expected_attach_type = ATTACH_NETFILTER;
	attr.insns = (uint64_t)(uintptr_t)accept;
	attr.insn_cnt = 2;
	attr.license = (uint64_t)(uintptr_t)licence;
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

/*
 * Turns it on: 0, or -1 and errno.  The links are left in keep; they have no other
 * use, and hang where routers have few packets; each priority takes one program:
 * the process's own.
 */
int
defrag_start(int keep[DIV_KEEP])
{
	struct link_attr link = {
		.type = ATTACH_NETFILTER,
		.hook = NF_INET_LOCAL_OUT,
		.priority = getpid(),
		.netfilter_flags = F_NETFILTER_IP_DEFRAG,
	};
	size_t i;
	int prog, fd, error = 0;

	if ((prog = load()) == -1)
		return -1;
	link.prog = (uint32_t)prog;
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		link.family = (uint32_t)families[i];
		fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &link,
		    sizeof(link));
		if (fd == -1)
			error = errno;
		else
			keep[i] = fd;
	}
	close(prog);
	errno = error;
	return error == 0 ? 0 : -1;
}
