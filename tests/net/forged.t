#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A filter that was taken over has references to forge.  The sink ends the
# pipeline, or what the filter gets through is no more than it could send itself.

# shellcheck source=tests/net/lab.sh
. tests/net/lab.sh
lab_enter "$@"
lab_up
lab_divert FORWARD --queue-bypass

# traffic COUNT SECONDS: datagrams, until none has come for so long
traffic()
{
	server python3 tests/net/stamp.py recv 5000 "$2" >$tmp/got &
	recv_pid=$!
	wait_for lab_listens server udp 5000
	client python3 tests/net/stamp.py send 10.0.2.2 5000 "$1"
	wait $recv_pid
}

# forge KIND [FLAGS [FILTER ...]]
forge()
{
	filter="(trap '' INT; exec python3 tests/net/forge.py $1)"
	flags=${2:-}
	shift $(($# < 2 ? $# : 2))
	lab_pipe "divcat -p $port $flags" "$filter" "$@" \
	    "divcat -w -p $port"
	# the first packet names the reader
	traffic 1 0.1
	traffic 40 1
}

# corrupts KIND [FLAGS]: the sink ends the pipeline
corrupts()
{
	forge "$@"
	wait_for lab_gone
	ok $? "$1: the pipeline ends"
	lab_kill
	is "$(cut -d ' ' -f 2 $tmp/got)" 0 "$1: no packet in another's place"
	is "$(grep -o 'reference to no packet' $tmp/err)" \
	    "reference to no packet" "$1: is said"
	is "$(lab_status | cut -d ' ' -f 3)" 1 "$1: exit status of the sink"
}

for kind in honest grab; do
	forge $kind
	is "$(cat $tmp/got)" "40 0 0" "$kind: all packets"
	lab_stop $kind
	is "$(lab_status)" "0 0 0" "$kind: exit status"
	is "$(grep references $tmp/err)" "references True" "$kind: by reference"
done
is "$(grep denied $tmp/err)" "denied 5 of 5" "the memory cannot be changed"

# The reader did not emit it: the stream is corrupt.
for kind in slot id epoch; do
	corrupts $kind
done

# A packet that was emitted may come twice while its slot has it, and the copy is
# a new packet; later it is corrupt, too.
for kind in again flags; do
	forge $kind
	is "$(cut -d ' ' -f 2 $tmp/got)" 0 "$kind: no packet in another's place"
	lab_kill
done

# Memory for edited packets: what another filter has put there is none of these,
# and filters take none of it.
forge edit -G
is "$(cat $tmp/got)" "40 0 0" "edit: all packets"
lab_stop edit
is "$(lab_status)" "0 0 0" "edit: exit status"
for kind in edit-slot edit-id edit-length edit-filter edit-none; do
	corrupts $kind -G
done
forge edit -G "divsed s/foo/bar/"
wait_for lab_gone
ok $? "before a filter: the pipeline ends"
lab_kill
is "$(lab_status | cut -d ' ' -f 3)" 1 "before a filter: exit status of it"
done_testing
