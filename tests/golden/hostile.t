#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# $MEGABYTES of random bytes and of damaged frames into every tool in each of
# its modes, from $SEED on.  The tool ends in time and within memory; it writes
# all that it read, or a line with the position of the error in its input.
. "$(dirname "$0")/lib.sh"
megabytes=${MEGABYTES:-2}
seed=${SEED:-1}
memory=262144 # KiB of address space
seconds=300
echo "# from seed $seed on"

[ -z "${SANITISED:-}" ] || memory=unlimited # shadow memory takes terabytes

escape() {
	perl -0777 -pe 's/(.)/sprintf "\\x%02x", ord $1/gse' "$@"
}

{
	for proto in tcp4 tcp6; do
		for file in "$here"/../fuzz/corpus/hostname/*; do
			printf '%s -- ' "$proto"
			escape "$file"
			echo
		done
	done
	for proto in udp4 udp6 tcp4 tcp6; do
		printf '%s sport=53 -- ' "$proto"
		echo '8180 www.example.com A | www.example.com 60 A 10.0.0.1' |
		    perl "$here/dns.pl" make "${proto%[46]}"
		printf '%s\n' \
		    "$proto -- GET /foo HTTP/1.1\\r\\nHost: example.com\\r\\n" \
		    "$proto frag=later -- foo" \
		    "$proto options=8 opaque=0102030405060708 -- foo"
	done
	printf '%s\n' 'icmp4 -- foo' 'icmp6 -- foo' 'gre4 -- foo' 'esp6 -- foo' \
	    'none type=2' 'none type=4' 'none type=9'
} | sed 's/^[^ ]*/& time=1700000000500000000/' | frames make >made
python3 "$here/capture.py" 1 20 >capture
divcat -o frame capture made >frames
for format in text json hex pcap; do
	# shellcheck disable=SC2094
	divcat -o $format <frames >$format
done

# judge LINE: standard error holds only lines that match LINE, and at most one
# of them without a line number.  Prints how many there are.
judge() {
	awk -v line="$1" '
	$0 !~ line || $0 !~ / line [0-9]+: / && other++ { print >"err" }
	{ n++ }
	END { print n + 0 }'
}

confined() {
	# shellcheck disable=SC3045
	ulimit -v "$memory"
	exec timeout -s KILL "$seconds" "$@"
}

# once KIND SEED BYTES command ...: the output goes to $sink
once() {
	hostile "$1" "$2" "$3" "$input" | {
		shift 3
		{
			(confined "$@") 2>&1 >&3 3>&-
			echo $? >status
		} | judge "^$tool: (stdin|-): (line|byte) [0-9]+: .*[^ ]" >said
	} 3>&1 | $sink >/dev/null
	echo $? >sunk
}

# expected KIND: random bytes are an error, well-formed frames are none
expected() {
	[ ! -s err ] || return
	case "$(cat status) $(cat said) $(cat sunk)" in
	'0 0 0')   [ "$1" != random ] ;;
	'1 0 '*)   return 1 ;;
	'1 '*' 0') [ "$1" != frames ] && [ "$1" != inject ] ;;
	*)	   return 1 ;;
	esac
}

# all KIND NAME command ...
all() {
	kind=$1
	name=$2
	shift 2
	tool=${name%% *}
	done=0
	n=$seed
	while [ "$done" -lt "$megabytes" ]; do
		step=$((megabytes - done))
		[ $step -le "$most" ] || step=$most
		rm -f err
		once "$kind" "$n" "${step}000000" "$@"
		expected "$kind" || {
			fail "$name: $kind: seed $n, $step MB"
			head -n 20 err 2>&1 | diag
			echo "status, lines, sink: $(cat status said sunk)" |
			    diag
			return
		}
		done=$((done + step))
		n=$((n + 1))
	done
	pass "$name: $kind: $done MB"
}

# tool NAME command ...: as a filter in a pipeline
tool() {
	input=frames
	most=64
	all frames "$@"
	most=4 # the first error ends it
	all bytes "$@"
	all random "$@"
}

# input FORMAT KIND MOST
input() {
	input=$1
	most=$3
	all "$2" "divcat -i $1" divcat -q -i "$1" -o frame
	all random "divcat -i $1" divcat -q -i "$1" -o frame
}

# the output is a stream of frames
sink='divcat -q -i frame -o frame'
input text lines 64
input json lines 64
input hex lines 64
input pcap bytes 4

tool divcat divcat -q
cat >script <<'END'
s/foo/barbar/g
s/([a-z]+).(?=.)/&\1/2
/GET/,/Host/y/abc/xyz/
A/*.com/A/192.0.2.1/60
A/*/AAAA/::/
"udp"s/$/longer/
f ttl=9,mark=7
m/o+/x/
END
tool divsed divsed -q -f script
tool 'divsed -S' divsed -q -S 20 's/o+/0/g;s/(GET|HTTP)/\1\n/'
tool divdrop divdrop -q -e 'foo|bar$' 'tcp or udp'
tool 'divdrop -S' divdrop -q -S 20 -R -e 'o{2,}'
tool 'divdrop -r' divdrop -q -r 10mbit -k flow
tool divdelay divdelay -q -s 1 -x -d 1ms,1ms -c 10% -C -u 10% -o 5% -l 0,1ms \
    -r 100mbit -a -k flow
printf '%s\t%s\n' one 'fo+' two '[a-z]{3}\x00' >patterns
printf '%s\n' example.com '!www.example.com' >names
tool divmark divmark -q -f patterns -j eve -m 3
tool 'divmark -u' divmark -q -S 20 -u names -m 4
keys=$(divstat -k x 2>&1 | sed 's/.* flow, / /; s/,/ -k/g; s/^/-k/')
rest="-k ttl${keys#* -k ttl}" # 8 keys are the most
# shellcheck disable=SC2086
for some in "${keys% -k ttl*}" "${rest% -k mark*}" "-k mark${rest#* -k mark}"; do
	tool "divstat $some" divstat -v -M 16 -f report $some
done
tool 'divstat -i' divstat -M 16 -i 3600 -k size -f report
tool 'divstat -E' divstat -E -M 16 -o eve -f report
tool 'divstat -o svg' divstat -M 16 -k if -o svg -f report

sink='cat'
for format in text json; do
	hostile frames "$seed" 2000000 frames >damaged
	divcat -q -o $format damaged | divcat -i $format -o frame >back
	is_file "$format: there and back" back damaged
done
for format in text json hex pcap; do
	tool "divcat -o $format" divcat -q -o $format
done

tool divtop "$here/terminal" divtop -N -i 0.1 -M 16

# new packets into a network without other hosts
alone='ip link set lo up; ip route add default dev lo; exec "$@"'
if unshare -Urn sh -c "$alone" sh true 2>/dev/null; then
	input=frames
	most=64
	all inject 'divcat -w' unshare -Urn sh -c "$alone" sh divcat -w -q -m 7
fi
done_testing
