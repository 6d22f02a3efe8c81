#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Three processes carry more than the naive loop, and far more with -G.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
if grep -q __asan_init "$(command -v divcat)"; then
	lab_skip "sanitised"
fi

# ratio PATH-NAME: of the table's line
ratio()
{
	awk -v name="$1" 'index($0, name "  ") == 1 { print $NF + 0 }' \
	    "$out"
}

reached()
{
	awk -v is="$1" -v limit="$2" 'BEGIN { exit is >= limit ? 0 : 1 }'
}

at_least()
{
	reached "$1" "$2"
	ok $? "$3: ${1}x, at least ${2}x"
}

measure()
{
	BENCH_SECONDS=1 BENCH_PINGS=0 tests/bench/run naive three three-G \
	    >"$out" || return
	sed 's/^/# /' "$out"
	reached "$(ratio "$line")" 1.1 && reached "$(ratio "$line, -G")" 2.5
}

out=$(mktemp)
trap 'rm -f "$out"' EXIT
line="divcat | divsed | divcat -w"
# a machine that others use, too, gets three chances
measure || measure || measure
at_least "$(ratio "$line")" 1.1 "three processes"
at_least "$(ratio "$line, -G")" 2.5 "three processes, -G"
done_testing
