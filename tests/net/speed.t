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

at_least()
{
	awk -v is="$1" -v limit="$2" 'BEGIN { exit is >= limit ? 0 : 1 }'
	ok $? "$3: ${1}x, at least ${2}x"
}

out=$(mktemp)
trap 'rm -f "$out"' EXIT
BENCH_SECONDS=1 BENCH_PINGS=0 tests/bench/run naive three three-G >"$out"
ok $? "benchmark runs"
sed 's/^/# /' "$out"
line="divcat | divsed | divcat -w"
at_least "$(ratio "$line")" 1.1 "three processes"
at_least "$(ratio "$line, -G")" 2.5 "three processes, -G"
done_testing
