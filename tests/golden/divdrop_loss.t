#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# A million packets: the losses are those of the model.
echo none | frames make |
    perl -e 'local $/; $_ = <STDIN>; print $_ x 1000000' >million

# fits NAME MODEL ARGUMENTS: MODEL is p, r, 1-h and 1-k of the chain
fits() {
	name=$1
	model=$2
	shift 2
	run divdrop "$@" <million
	is "$name: status" "$status$(cat err)" 0
	# shellcheck disable=SC2086
	perl "$here/loss.pl" $model <out >report
	is "$name: fits" $? 0
	grep bad report | diag
}

fits '-p 5%' '.05 .95 1 0' -s 1 -p 5%
fits '-p 50%' '.5 .5 1 0' -s 2 -p 50%
fits '-g p' '.03 .97 1 0' -s 3 -g 3%
fits '-g p,r' '.01 .25 1 0' -s 4 -g 1%,25%
fits '-g p,r,1-h' '.02 .2 .7 0' -s 5 -g 2%,20%,70%
fits '-g p,r,1-h,1-k' '.03 .15 .8 .01' -s 6 -g .03,.15,.8,.01

# The test tells other models apart.
run divdrop -s 4 -g 1%,25% <million
for model in '.01 .23 1 0' '.011 .25 1 0' '.01 .25 .99 0' '.01 .25 1 .001' \
    '.04 .96 1 0'; do
	# shellcheck disable=SC2086
	perl "$here/loss.pl" $model <out >report
	is "-g: does not fit $model" $? 1
done

# The same seed drops the same packets.
cp out out1
run divdrop -s 4 -g 1%,25% <million
is_file '-g: -s drops the same again' out out1
run divdrop -s 5 -g 1%,25% <million
ok '-g: another seed drops others' test "$(cmp out out1 2>&1 | wc -l)" -gt 0

# Probabilities of 0 and 1.
head -c 80000 million >thousand
for args in '-g 1' '-g 1,0' '-g 100%,0' '-g 1,0,1,0' '-g 0,1,0,1' \
    '-g .5,.5,1,1'; do
	# shellcheck disable=SC2086
	run divdrop -v $args <thousand
	like "$args: all" err '^divdrop: 1000 packets, 1000 dropped$'
done
for args in '-g 0' '-g 0,0' '-g 0,1,1' '-g .5,.5,0'; do
	# shellcheck disable=SC2086
	run divdrop -v $args <thousand
	like "$args: none" err '^divdrop: 1000 packets, 0 dropped$'
done

# Errors: position and reason.
while read -r arg why; do
	usage_error "-g $arg" "^divdrop: -g $arg: $why" divdrop -g "$arg"
done <<'END'
5 p: more than 1, write 5% for percent
x p: expected 0.05 or 5%
1%,x r: expected 0.05 or 5%
1%,101% r: more than 100%
1%,,1 r: expected 0.05 or 5%
1%,2%,1.5 1-h: more than 1, write 1.5% for percent
1%,2%,3%,-1 1-k: expected 0.05 or 5%
1%,2%,3%,4%, more than p,r,1-h,1-k
1%,2%,3%,4%,5% more than p,r,1-h,1-k
END
usage_error '-g and -p' '^divdrop: -g and -p: ' divdrop -g 1% -p 1%

done_testing
