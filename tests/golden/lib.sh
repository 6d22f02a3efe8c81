# SPDX-License-Identifier: ISC
# shellcheck shell=sh disable=SC2034
#
# For tests that run a tool on a file and compare its output; they print TAP.
# Each runs in an empty directory of its own; $here is the directory of the
# test.

set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd) || exit 1
tests=0
status=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
cd "$dir" || exit 1

bail() {
	echo "Bail out! $*"
	exit 1
}

diag() {
	sed 's/^/# /' >&2
}

# pass NAME, fail NAME: reports the outcome
pass() {
	tests=$((tests + 1))
	printf 'ok %d - %s\n' "$tests" "$1"
}

fail() {
	tests=$((tests + 1))
	printf 'not ok %d - %s\n' "$tests" "$1"
}

# ok NAME command ...: the command succeeds
ok() {
	ok_name=$1
	shift
	if "$@"; then
		pass "$ok_name"
	else
		fail "$ok_name"
		echo "failed: $*" | diag
	fi
}

# is NAME GOT WANTED
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		printf 'got:    %s\nwanted: %s\n' "$2" "$3" | diag
	fi
}

# like NAME FILE PATTERN: a line of the file matches the extended regex
like() {
	if grep -Eq -e "$3" "$2"; then
		pass "$1"
	else
		fail "$1"
		printf 'no line matches %s in:\n' "$3" | cat - "$2" | diag
	fi
}

# is_file NAME GOT WANTED: the files are equal
is_file() {
	if cmp -s "$2" "$3"; then
		pass "$1"
	else
		fail "$1"
		diff "$2" "$3" 2>&1 | head -n 20 | diag
	fi
}

# run command ...: leaves its output in out and err and its status in $status
run() {
	"$@" >out 2>err
	status=$?
}

# usage_error NAME PATTERN command ...: exit status 2, message matches PATTERN
usage_error() {
	usage_name=$1
	usage_pattern=$2
	shift 2
	"$@" </dev/null >out 2>err
	is "$usage_name: status" $? 2
	like "$usage_name: message" err "$usage_pattern"
}

# wait_for command ...: until it succeeds
wait_for() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || bail "waited too long for $*"
		sleep 0.05
	done
}

# feed: the frame in "one" goes to descriptor 3, once more, and comes out in
# "out"; fed is how often
# shellcheck disable=SC2317
feed() {
	cat one >&3
	fed=$((fed + 1))
	wait_for is_fed
}

# shellcheck disable=SC2317
is_fed() {
	[ "$(wc -c <out)" -eq $((fed * $(wc -c <one))) ]
}

frames() {
	perl "$here/frames.pl" "$@"
}

# has_frames FILE: one at least that is no hold record
# shellcheck disable=SC2317
has_frames() {
	[ "$(frames dump <"$1" 2>/dev/null)" ]
}

done_testing() {
	echo "1..$tests"
}
