#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# A million packets in the time of a capture: delays and events have the
# frequencies and correlations that were asked for.
. "$(dirname "$0")/lib.sh"

python3 "$here/delays.py" make 10000 >million

# fits NAME MODEL ARGUMENTS: MODEL is what delays.py takes
fits() {
	name=$1
	model=$2
	shift 2
	run divdelay "$@" <million
	is "$name: status" "$status$(cat err)" 0
	# shellcheck disable=SC2086
	python3 "$here/delays.py" $model <out >report 2>&1
	fitted=$?
	ok "$name: fits $model" test $fitted -eq 0
	[ $fitted -eq 0 ] || diag <report
}

# not_fits MODEL: the test tells others apart
not_fits() {
	# shellcheck disable=SC2086
	python3 "$here/delays.py" $1 <out >report 2>&1
	is "$name: does not fit $1" $? 1
}

dist() {
	echo "dist 10000 100000000 20000000 $*"
}

fits uniform "$(dist 0 uniform)" -x -s 1 -d 100ms,20ms
not_fits "dist 10000 100000000 20200000 0 uniform"
not_fits "dist 10000 100100000 20000000 0 uniform"
fits normal "$(dist 0 normal)" -x -s 2 -d 100ms,20ms -D normal
not_fits "$(dist 0.005 normal)"
fits pareto "$(dist 0 pareto)" -x -s 3 -d 100ms,20ms -D pareto
fits paretonormal "$(dist 0 paretonormal)" -x -s 4 -d 100ms,20ms \
    -D paretonormal
not_fits "$(dist 0 pareto)"
fits 'uniform, correlated' "$(dist 0.5 uniform)" -x -s 5 -d 100ms,20ms,50%
fits 'normal, correlated' "$(dist 0.3 normal)" -x -s 6 -d 100ms,20ms,30% \
    -D normal

# The same seed does the same.
mv out out1
run divdelay -x -s 6 -d 100ms,20ms,30% -D normal <million
is_file 'the same seed' out out1
run divdelay -x -s 7 -d 100ms,20ms,30% -D normal <million
ok 'another seed' test "$(cmp out out1 2>&1 | wc -l)" -gt 0

fits '-u' 'event 0.03 0 twice' -x -s 1 -d 1ms -u 3%
not_fits 'event 0.031 0 twice'
fits '-u, correlated' 'event 0.1 0.4 twice' -x -s 2 -d 1ms -u 10%,40%
not_fits 'event 0.1 0.38 twice'
fits '-o' 'event 0.02 0 early' -x -s 3 -d 1ms -o 2%
fits '-o, correlated' 'event 0.25 0.25 early' -x -s 4 -d 1ms -o 25%,25%

# What happens to one option does not depend on the others.
overtaken() {
	python3 "$here/delays.py" event 0.02 0 early <out | cksum
}

run divdelay -x -s 3 -d 1ms -o 2% <million
alone=$(overtaken)
run divdelay -x -s 3 -d 1ms,0.1ms -o 2% <million
is '-o: the same with jitter' "$(overtaken)" "$alone"

done_testing
