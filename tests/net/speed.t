#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Three processes reach about the rate of the naive loop, and far more with -G.
# Both bounds are far below the figures of make bench: rates differ by a factor
# of two between machines, and on one machine within an hour.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
if grep -q __asan_init "$(command -v divcat)"; then
	lab_skip "sanitised"
fi

single="three processes / naive loop"
super="three -G / naive loop"
single_least=0.6
super_least=1.4

# ratio NAME
ratio()
{
	jq -r --arg name "$1" '.rows[] | select(.name == $name).ratio' "$out"
}

reached()
{
	awk -v is="$1" -v limit="$2" 'BEGIN { exit is >= limit ? 0 : 1 }'
}

at_least()
{
	reached "$1" "$2"
	ok $? "$3: $1, at least $2"
}

enough()
{
	reached "$(ratio "$single")" "$single_least" &&
	    reached "$(ratio "$super")" "$super_least"
}

measure()
{
	BENCH_MEGABYTES=60 BENCH_PINGS=0 \
	    tests/bench/run -j "$single" "$super" >"$out"
}

# Has the machine been idle for a second?  Three processes beat one only if they
# run in parallel.
idle()
{
	{ head -n 1 /proc/stat; sleep 1; head -n 1 /proc/stat; } | awk '
	{
		sign = NR == 2 ? 1 : -1
		for (i = 2; i <= 9; i++)
			all += sign * $i
		idle += sign * ($5 + $6)
	}
	END { exit idle > 0.8 * all ? 0 : 1 }'
}

# Does it become idle within half a minute?
quiet()
{
	for _ in $(seq 30); do
		! idle || return 0
	done
	return 1
}

out=$(mktemp)
trap 'rm -f "$out"' EXIT
quiet || lab_skip "the machine is busy"
measure
# no result if the machine was busy meanwhile
enough || idle || lab_skip "the machine became busy"
at_least "$(ratio "$single")" "$single_least" "$single"
at_least "$(ratio "$super")" "$super_least" "$super"
done_testing
