#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

# The last packet's digest is that of a packet without the payload: edited.
cat >text <<'END'
tcp4 id=1 time=1000000000 -- 0123456789
tcp4 id=2 time=1500000000 dir=2 -- 0123456789
udp6 id=3 time=2000000000 dir=3
icmp4 id=4 time=2500000000
icmp6 id=5 time=5000000000
gre4 id=6 time=4000000000 dir=0 -- 01234
none id=7 time=3000000000
none id=8 type=2 origlen=100
none id=9 type=2 origlen=200
tcp6 type=3 id=0 -- 0
tcp4 id=10 flags=4 origlen=1500 time=3000000000 -- 0
none id=11 type=77
udp4 id=12 digest=981a78db9c94a5e2 time=3000000000 -- ab
udp4 id=13 digest=981a78db9c94a5e2 time=3000000000 -- abcdef
END
frames make <text >in

cat >wanted <<'END'
divstat: total, 4.000 s
               packets           bytes  packets/s     bits/s
tcp                  4            1661      1.000     3.322k
udp                  3             112      0.750      224.0
icmp                 1              28      0.250      56.00
icmp6                1              48      0.250      96.00
other                2              25      0.500      50.00
in                   7            1690      1.750     3.380k
out                  1              50      0.250      100.0
forward              1              48      0.250      96.00
unknown              1              25      0.250      50.00
injected             1              61      0.250      122.0
edited               1              34      0.250      68.00
dropped              2             300      0.500      600.0
total               11            1874      2.750     3.748k
END
run divstat <in
is 'status' "$status" 0
is_file 'report' err wanted
is_file 'frames pass' out in
run divstat -N <in
is_file '-N: report' err wanted
is '-N: no frames' "$(wc -c <out)" 0

frames make </dev/null >in0
run divstat <in0
is 'nothing came' "$(cat err)" 'divstat: total, 0.000 s
               packets           bytes  packets/s     bits/s
total                0               0          -          -'

# rates in all sizes, over one second
for n in 1 9 99 999 8000; do
	{
		echo 'udp4 time=1000000000'
		echo "udp4 time=2000000000 rep=$((n * 125 - 56)) -- a"
	} | frames make >in1
	divstat -N <in1 2>&1 | awk '$1 == "total" { print $5 }'
done >rates
is 'rates' "$(tr '\n' ' ' <rates)" '1.000k 9.000k 99.00k 999.0k 8.000M '

# intervals: reports come while frames do not
mkfifo fifo
divstat -i 0.05 <fifo >out 2>err &
pid=$!
exec 3>fifo
cat in >&3
wait_for cmp -s in out
wait_for grep -q '^divstat: interval' err
three() {
	test "$(grep -c '^divstat: interval' err)" -ge 3
}
wait_for three
exec 3>&-
wait $pid
is '-i: status' $? 0
is '-i: the intervals add up' "$(awk '/^divstat/ { total = $2 == "total," }
    $1 == "total" { if (total) print n == $2; else n += $2 }' err)" 1
is '-i: at last the total' "$(tail -n 1 err)" "$(tail -n 1 wanted)"
is '-i: frames pass' "$(cmp in out)" ''

for i in 0 -1 x '' 1x nan inf 1e3 0x1 86401 0.0001; do
	usage_error "-i '$i'" "^divstat: -i $i: expected seconds" divstat -i "$i"
done
usage_error 'operand' '^divstat: file: unexpected argument' divstat file

done_testing
