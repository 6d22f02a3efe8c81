/* SPDX-License-Identifier: ISC */

#include <sys/socket.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "opener.h"
#include "passing.h"

enum op { OPEN, FRESH, COMMIT, ABANDON };

struct request {
	int32_t op, number;
};

static struct file {
	const char *name;
	char *fresh; /* while it is written, or NULL */
	int flags;
} * files;

static int nfiles, peer = -1;

int
opener_add(const char *name, int flags)
{
	struct file *more;

	more = reallocarray(files, (size_t)nfiles + 1, sizeof(*files));
	if (more == NULL)
		err(1, NULL);
	files = more;
	files[nfiles] = (struct file){ .name = name, .flags = flags };
	return nfiles++;
}

static int
abandon(struct file *f)
{
	if (f->fresh != NULL)
		unlink(f->fresh);
	free(f->fresh);
	f->fresh = NULL;
	return 0;
}

static int
commit(struct file *f)
{
	if (f->fresh == NULL || rename(f->fresh, f->name) == -1)
		return -1;
	free(f->fresh);
	f->fresh = NULL;
	return 0;
}

static int
fresh(struct file *f)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	abandon(f);
	if (asprintf(&f->fresh, "%s.XXXXXX", f->name) == -1) {
		f->fresh = NULL;
		return -1;
	}
	if ((fd = mkstemp(f->fresh)) == -1) {
		free(f->fresh);
		f->fresh = NULL;
		return -1;
	}
	fchmod(fd, 0666 & ~mask);
	return fd;
}

/* What was asked for: a descriptor, or -1 and errno, which is 0 for success. */
static int
perform(const struct request *rq)
{
	struct file *f;

	errno = EINVAL;
	if (rq->number < 0 || rq->number >= nfiles)
		return -1;
	f = &files[rq->number];
	if ((f->flags == OPENER_WHOLE) != (rq->op != OPEN))
		return -1;
	switch (rq->op) {
	case OPEN:
		return open(f->name, f->flags | O_CLOEXEC, 0666);
	case FRESH:
		return fresh(f);
	case COMMIT:
		errno = commit(f) == 0 ? 0 : errno;
		return -1;
	case ABANDON:
		errno = abandon(f);
		return -1;
	}
	return -1;
}

static void
reply(int to, int fd, int32_t error)
{
	if (fd == -1) {
		passing_send(to, &error, sizeof(error), NULL, 0, 0);
		return;
	}
	error = 0;
	passing_send(to, &error, sizeof(error), &fd, 1, 0);
	close(fd);
}

/* Lives as long as the other end, whatever the terminal says. */
static __attribute__((__noreturn__)) void
serve(int from)
{
	struct request rq;
	ssize_t n;
	int fd, i;

	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	if (dup2(from, STDERR_FILENO + 1) == -1)
		_exit(1);
	from = STDERR_FILENO + 1;
	closefrom(from + 1);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	while ((n = read(from, &rq, sizeof(rq))) == (ssize_t)sizeof(rq) ||
	    (n == -1 && errno == EINTR)) {
		if (n == -1)
			continue;
		fd = perform(&rq);
		reply(from, fd, errno);
	}
	for (i = 0; i < nfiles; i++)
		abandon(&files[i]);
	_exit(0);
}

void
opener_start(void)
{
	int pair[2];

	if (nfiles == 0)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == -1)
		err(1, "socketpair");
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		serve(pair[1]);
	}
	close(pair[1]);
	peer = pair[0];
}

/* A descriptor, or -1 and errno; 0 is none. */
static int
ask_peer(enum op op, int number)
{
	struct request rq = { (int32_t)op, number };
	int32_t error = EPIPE;
	int fd;

	if (peer == -1)
		return perform(&rq);
	if (write(peer, &rq, sizeof(rq)) == -1)
		return -1;
	if (passing_recv(peer, &error, sizeof(error), &fd, 1, 0) == -1)
		return -1;
	errno = error;
	return fd;
}

static int
ask(enum op op, int number)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int fd, error;

	pthread_mutex_lock(&lock);
	fd = ask_peer(op, number);
	error = errno;
	pthread_mutex_unlock(&lock);
	errno = error;
	return fd;
}

int
opener_open(int number)
{
	return ask(OPEN, number);
}

int
opener_fresh(int number)
{
	return ask(FRESH, number);
}

int
opener_commit(int number)
{
	return ask(COMMIT, number) == -1 && errno != 0 ? -1 : 0;
}

int
opener_abandon(int number)
{
	return ask(ABANDON, number) == -1 && errno != 0 ? -1 : 0;
}
