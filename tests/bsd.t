#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The headers of tests/bsd declare no more than those of the BSDs, on which these
# programs do not compile.

# shellcheck source=tests/golden/lib.sh
. tests/golden/lib.sh

compiles()
{
	clang --target=x86_64-unknown-freebsd13 -nostdlibinc \
	    -isystem "$here/bsd/freebsd" -isystem "$here/bsd/include" \
	    -fsyntax-only one.c 2>/dev/null
}

# lacks DECLARATION HEADER...: these headers compile, but not with it.
lacks()
{
	what=$1
	shift
	printf '#include <%s>\n' "$@" >one.c
	compiles || fail "$*"
	printf '%s;\n' "$what" >>one.c
	if compiles; then fail "$what: not in $*"; else pass "$what: not in $*"; fi
}

lacks "int a = AF_INET" netinet/in.h
lacks "int a = AF_INET6" arpa/inet.h netinet/in.h
lacks "struct sockaddr_in a" arpa/inet.h sys/socket.h
lacks "struct in6_addr a" arpa/inet.h
lacks "struct sockaddr a" netinet/in.h ifaddrs.h
lacks "struct ifreq a" net/if.h netinet/in.h
lacks "uint32_t a" stdlib.h string.h stdio.h sys/socket.h
lacks "int a = (int)UINT32_MAX" sys/types.h unistd.h
lacks "va_list a" stdio.h err.h
lacks "int a = SIGINT" poll.h pthread.h
done_testing
