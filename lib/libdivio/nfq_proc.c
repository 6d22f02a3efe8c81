/* SPDX-License-Identifier: ISC */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "nfq.h"

/*
 * Reads a file from its beginning, as a string.  It is opened at the first look
 * and kept, for a process that gives up opening files meanwhile.
 */
static int
look(_Atomic int *kept, const char *path, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;
	int fd = *kept;

	if (fd == -1) {
		if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
			return 0;
		*kept = fd;
	}
	while (len < size - 1 &&
	    (n = pread(fd, buf + len, size - 1 - len, (off_t)len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	return len > 0;
}

/* The kernel's line about a queue: port id of its socket, and counters. */
static int
queue_line(uint16_t queue, unsigned int *portid, struct div_kernel *k)
{
	static _Atomic int kept = -1;
	unsigned long long pending, full, user;
	unsigned int n, id;
	char buf[16 * 1024], *line, *last;

	if (!look(&kept, "/proc/net/netfilter/nfnetlink_queue", buf,
		sizeof(buf)))
		return 0;
	for (line = strtok_r(buf, "\n", &last); line != NULL;
	     line = strtok_r(NULL, "\n", &last)) {
		if (sscanf(line, "%u %u %llu %*u %*u %llu %llu", &n, &id,
			&pending, &full, &user) != 5 ||
		    n != queue)
			continue;
		*portid = id;
		k->pending = pending;
		k->overflowed = full;
		k->lost = user;
		return 1;
	}
	return 0;
}

/* Without a port all that is done is to open what is needed for one. */
int
div_kernel(const struct div *d, struct div_kernel *k)
{
	unsigned int portid;

	memset(k, 0, sizeof(*k));
	if (d == NULL) {
		queue_line(0, &portid, k);
		return 0;
	}
	return d->be == &backend_kernel && !d->anyport &&
	    queue_line(d->port, &portid, k);
}

/* Whether connections are tracked that strictly that resized ones suffer. */
int
div_conntrack(void)
{
	static _Atomic int kept = -1;
	char buf[4];

	return look(&kept,
		   "/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal", buf,
		   sizeof(buf)) &&
	    buf[0] == '0';
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

static int
holds(const char *pid, const char *want)
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
		if ((found = holds(de->d_name, want)))
			describe(de->d_name, buf, len);
	}
	closedir(proc);
	return 1;
}
