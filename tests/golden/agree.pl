#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
#	agree.pl [-a] command ...
#
# Runs a filter between two pipes as divcat -B does: every frame says that its
# flow may be let go, with the number of the pipe that it comes by.  Prints the
# ids of the packets of which the filter says so, too, with the number of the
# pipe that they leave by; with -a, with the number of any pipe (divcat -B all).

use strict;
use warnings;

my $DONE = 128;

# What div_pipe_id() makes of a pipe.
sub pipe_id {
	my ($dev, $inode) = stat shift;
	return (($inode & 0xffffffff) ^ ($dev * 0x9e3779b1 & 0xffffffff)) || 1;
}

binmode STDIN;
my $frames = do { local $/; <STDIN> };
pipe my $in, my $to or die "pipe: $!\n";
pipe my $from, my $out or die "pipe: $!\n";
my ($in_id, $out_id) = (pipe_id($in), pipe_id($out));
if ($ARGV[0] eq '-a') {
	shift;
	$in_id = $out_id = 0xffffffff;
}

my $agreed = '';
while (length $frames) {
	my ($hl, $len) = unpack 'x6nN', $frames;
	my $frame = substr $frames, 0, $hl + $len, '';
	substr($frame, 59, 1) = chr(ord(substr $frame, 59, 1) | $DONE);
	substr($frame, 60, 4) = pack 'N', $in_id;
	$agreed .= $frame;
}

# a pipe holds 64 KiB, and the filter may answer before it has read all
my $feeder = fork // die "fork: $!\n";
if ($feeder == 0) {
	close $_ for $in, $from, $out;
	print {$to} $agreed;
	close $to or die "write: $!\n";
	exit;
}
my $filter = fork // die "fork: $!\n";
if ($filter == 0) {
	open STDIN, '<&', $in or die "dup: $!\n";
	open STDOUT, '>&', $out or die "dup: $!\n";
	close $_ for $in, $to, $from, $out;
	exec @ARGV or die "$ARGV[0]: $!\n";
}
close $_ for $in, $to, $out;
my $left = do { local $/; <$from> } // '';
waitpid $feeder, 0;
waitpid $filter, 0;
my $status = $? >> 8 || $? & 127;
my @ids;
while (length $left) {
	my ($type, $hl, $len) = unpack 'x5CnN', $left;
	my $frame = substr $left, 0, $hl + $len, '';
	my ($id, $flags, $tag) = unpack 'x24Q>x27CN', $frame;
	push @ids, $id if $type == 1 && $flags & $DONE && $tag == $out_id;
}
print "@ids\n";
exit $status;
