/* SPDX-License-Identifier: ISC */

/*
 * Privilege separation, as in OpenBSD's daemons: a process outside the sandbox
 * opens files and passes the descriptors over a socket pair.  It knows the
 * names before the first packet, and takes only an index from the filter; of a
 * reader it takes the port and the epoch.  It has a sandbox of its own.
 */

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

#include "privsep.h"
#include "sandbox.h"
#include "base/base.h"

enum op { OPEN, CREATE, COMMIT, ABORT, CONNECT };

struct request {
	int32_t op, number; /* number: of the file, or the port */
	uint64_t epoch;
};

static struct privsep_file {
	const char *name;
	char *temp; /* name while a new version is written, or NULL */
	int flags;
} * files;

static int nfiles, server = -1;
static int (*connector)(uint16_t, uint64_t);

int
privsep_add(const char *name, int flags)
{
	struct privsep_file *more;

	more = reallocarray(files, (size_t)nfiles + 1, sizeof(*files));
	if (more == NULL)
		err(1, NULL);
	files = more;
	files[nfiles] = (struct privsep_file){ .name = name, .flags = flags };
	return nfiles++;
}

void
privsep_add_connect(int (*fn)(uint16_t, uint64_t))
{
	connector = fn;
}

static int
abort_file(struct privsep_file *f)
{
	if (f->temp != NULL)
		unlink(f->temp);
	free(f->temp);
	f->temp = NULL;
	return 0;
}

static int
commit_file(struct privsep_file *f)
{
	if (f->temp == NULL || rename(f->temp, f->name) == -1)
		return -1;
	free(f->temp);
	f->temp = NULL;
	return 0;
}

static int
create_file(struct privsep_file *f)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	abort_file(f);
	if (asprintf(&f->temp, "%s.XXXXXX", f->name) == -1) {
		f->temp = NULL;
		return -1;
	}
	if ((fd = mkstemp(f->temp)) == -1) {
		free(f->temp);
		f->temp = NULL;
		return -1;
	}
	fchmod(fd, 0666 & ~mask);
	return fd;
}

/* Returns a descriptor, or -1 and errno; 0 if there is none to return. */
static int
perform(const struct request *rq)
{
	struct privsep_file *f;

	errno = EINVAL;
	if (rq->op == CONNECT)
		return connector == NULL ?
		    -1 :
		    connector((uint16_t)rq->number, rq->epoch);
	if (rq->number < 0 || rq->number >= nfiles)
		return -1;
	f = &files[rq->number];
	if ((f->flags == PRIVSEP_REPLACE) != (rq->op != OPEN))
		return -1;
	switch (rq->op) {
	case OPEN:
		return open(f->name, f->flags | O_CLOEXEC, 0666);
	case CREATE:
		return create_file(f);
	case COMMIT:
		errno = commit_file(f) == 0 ? 0 : errno;
		return -1;
	case ABORT:
		errno = abort_file(f);
		return -1;
	}
	return -1;
}

static void
reply(int to, int fd, int32_t error)
{
	if (fd == -1) {
		fdpass_send(to, &error, sizeof(error), NULL, 0, 0);
		return;
	}
	error = 0;
	fdpass_send(to, &error, sizeof(error), &fd, 1, 0);
	close(fd);
}

/* What the opener must be able to do. */
static int
needs(void)
{
	int i, flags = connector != NULL ? SANDBOX_CONNECT : 0;

	for (i = 0; i < nfiles; i++)
		flags |= files[i].flags == O_RDONLY ?
		    SANDBOX_READ :
		    SANDBOX_READ | SANDBOX_WRITE;
	return flags;
}

int
privsep_isolate(int fd)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	if (dup2(fd, STDERR_FILENO + 1) == -1)
		_exit(1);
	closefrom(STDERR_FILENO + 2);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	return STDERR_FILENO + 1;
}

/* Ends when the filter does. */
static __attribute__((__noreturn__)) void
serve(int from)
{
	struct request rq;
	ssize_t n;
	int fd, i;

	from = privsep_isolate(from);
	/* the filter says what a kernel lacks */
	(void)sandbox_opener(needs());
	while ((n = read(from, &rq, sizeof(rq))) == (ssize_t)sizeof(rq) ||
	    (n == -1 && errno == EINTR)) {
		if (n == -1)
			continue;
		fd = perform(&rq);
		reply(from, fd, errno);
	}
	for (i = 0; i < nfiles; i++)
		abort_file(&files[i]);
	_exit(0);
}

void
privsep_start(void)
{
	int pair[2];

	if (nfiles == 0 && connector == NULL)
		return;
	/* an opener that ends leaves nothing to wait for */
	signal(SIGCHLD, SIG_IGN);
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
	server = pair[0];
}

void
privsep_end(void)
{
	if (server != -1)
		close(server);
	server = -1;
}

void
privsep_connected(void)
{
	if (nfiles == 0)
		privsep_end();
}

/* As perform(), in the server if it runs. */
static int
call_unlocked(const struct request *rq)
{
	int32_t error = EPIPE;
	int fd;

	if (server == -1)
		return perform(rq);
	if (write(server, rq, sizeof(*rq)) == -1)
		return -1;
	if (fdpass_recv(server, &error, sizeof(error), &fd, 1, 0) == -1)
		return -1;
	errno = error;
	return fd;
}

static int
call(enum op op, int number, uint64_t epoch)
{
	const struct request rq = { (int32_t)op, number, epoch };
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int fd, error;

	pthread_mutex_lock(&lock);
	fd = call_unlocked(&rq);
	error = errno;
	pthread_mutex_unlock(&lock);
	errno = error;
	return fd;
}

int
privsep_open(int number)
{
	return call(OPEN, number, 0);
}

int
privsep_connect(uint16_t port, uint64_t epoch)
{
	return call(CONNECT, port, epoch);
}

int
privsep_create(int number)
{
	return call(CREATE, number, 0);
}

int
privsep_commit(int number)
{
	return call(COMMIT, number, 0) == -1 && errno != 0 ? -1 : 0;
}

int
privsep_abort(int number)
{
	return call(ABORT, number, 0) == -1 && errno != 0 ? -1 : 0;
}
