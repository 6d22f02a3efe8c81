/* SPDX-License-Identifier: ISC */

/*
 * What /proc has of queues: their counters, their owners, and whether
 * connection tracking minds segments that change their length.
 */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "nfqueue/nfq.h"

/*
 * Opens a file at the first call and keeps it, for a process that may open no
 * files later: its descriptor, or -1.
 */
static int
open_once(_Atomic int *kept, const char *path)
{
	if (*kept == -1)
		*kept = open(path, O_RDONLY | O_CLOEXEC);
	return *kept;
}

/* A line as seq_show() in the kernel's nfnetlink_queue.c writes it. */
static int
parse_line(const char *line, uint16_t queue, unsigned int *portid,
    struct div_kernel *k)
{
	unsigned long long pending, dropped, user;
	unsigned int n, id;

	if (sscanf(line, "%u %u %llu %*u %*u %llu %llu", &n, &id, &pending,
		&dropped, &user) != 5 ||
	    n != queue)
		return 0;
	*portid = id;
	k->pending = pending;
	k->overflowed = dropped;
	k->lost = user;
	return 1;
}

/* Finds a queue in the kernel's table: the port id of its socket, counters. */
static int
queue_line(uint16_t queue, unsigned int *portid, struct div_kernel *k)
{
	static _Atomic int kept = -1;
	char buf[4096], *line, *end;
	size_t len = 0;
	off_t at = 0;
	ssize_t n;
	int fd;

	fd = open_once(&kept, "/proc/net/netfilter/nfnetlink_queue");
	if (fd == -1)
		return 0;
	while ((n = pread(fd, buf + len, sizeof(buf) - 1 - len, at)) > 0) {
		at += n;
		len += (size_t)n;
		buf[len] = '\0';
		for (line = buf; (end = strchr(line, '\n')) != NULL;
		     line = end + 1) {
			*end = '\0';
			if (parse_line(line, queue, portid, k))
				return 1;
		}
		len -= (size_t)(line - buf);
		memmove(buf, line, len);
	}
	return 0;
}

/* The first number from this one on that no socket has bound. */
uint16_t
nfq_free_queue(uint16_t from)
{
	struct div_kernel k;
	unsigned int portid;

	while (queue_line(from, &portid, &k))
		from++;
	return from;
}

/* Without a port, only opens the file that is read for one. */
int
div_kernel(const struct div *d, struct div_kernel *k)
{
	unsigned int portid;

	memset(k, 0, sizeof(*k));
	if (d == NULL) {
		queue_line(0, &portid, k);
		return 0;
	}
	if (d->be != &backend_kernel || d->anyport ||
	    !queue_line(d->port, &portid, k))
		return 0;
	nfq_rules_count(d, k);
	return 1;
}

/* The number of connections that are tracked in this network namespace. */
uint64_t
nfq_conntrack_count(void)
{
	static _Atomic int kept = -1;
	char buf[32];
	ssize_t n;
	int fd;

	fd = open_once(&kept, "/proc/sys/net/netfilter/nf_conntrack_count");
	if (fd == -1 || (n = pread(fd, buf, sizeof(buf) - 1, 0)) <= 0)
		return 0;
	buf[n] = '\0';
	return strtoull(buf, NULL, 10);
}

/*
 * True if connections are tracked, and segments outside the window marked as
 * INVALID.
 */
int
div_conntrack(void)
{
	static _Atomic int kept = -1;
	uint64_t count = nfq_conntrack_count();
	char c;
	int fd;

	fd = open_once(&kept,
	    "/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal");
	return count != 0 && fd != -1 && pread(fd, &c, 1, 0) == 1 && c == '0';
}

/* The inode of the netlink socket with this port id, or 0. */
static unsigned long
socket_inode(unsigned int portid)
{
	unsigned int family, id;
	unsigned long ino, found = 0;
	char line[256];
	FILE *f;

	if ((f = fopen("/proc/net/netlink", "re")) == NULL)
		return 0;
	while (found == 0 && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "%*s %u %u %*s %*s %*s %*s %*s %*s %lu",
			&family, &id, &ino) == 3 &&
		    family == NETLINK_NETFILTER && id == portid)
			found = ino;
	fclose(f);
	return found;
}

/* True if a process has a descriptor of this socket. */
static int
has_socket(const char *pid, const char *want)
{
	char path[PATH_MAX], target[64];
	struct dirent *de;
	DIR *dir;
	ssize_t n;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if ((dir = opendir(path)) == NULL)
		return 0;
	while (!found && (de = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), de->d_name, target,
		    sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		found = strcmp(target, want) == 0;
	}
	closedir(dir);
	return found;
}

static void
describe(const char *pid, char *buf, size_t len)
{
	char path[PATH_MAX], comm[32] = "?";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	if ((f = fopen(path, "re")) != NULL) {
		if (fgets(comm, sizeof(comm), f) != NULL)
			comm[strcspn(comm, "\n")] = '\0';
		fclose(f);
	}
	snprintf(buf, len, "%s, process %s", comm, pid);
}

int
nfq_owner(uint16_t queue, char *buf, size_t len)
{
	struct div_kernel k;
	struct dirent *de;
	unsigned int portid;
	unsigned long ino;
	char want[64];
	DIR *proc;
	int found = 0;

	if (!queue_line(queue, &portid, &k))
		return 0;
	snprintf(buf, len, "netlink port %u", portid);
	if ((ino = socket_inode(portid)) == 0 ||
	    (proc = opendir("/proc")) == NULL)
		return 1;
	snprintf(want, sizeof(want), "socket:[%lu]", ino);
	while (!found && (de = readdir(proc)) != NULL) {
		if (de->d_name[0] < '1' || de->d_name[0] > '9')
			continue;
		if ((found = has_socket(de->d_name, want)))
			describe(de->d_name, buf, len);
	}
	closedir(proc);
	return 1;
}
