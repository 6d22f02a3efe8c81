#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# TCP segments, as lines for frames.pl make.  Standard input is a stream of
# bytes.  For each offset there is a flow that carries the stream in segments,
# cut at that offset and, unless STEP is 0, again STEP bytes later.  The id of
# the n-th segment of a flow is the flow's number times 10 plus n.
#
#	segments.pl VERSION STEP [KEYS] <stream | frames.pl make
#	frames.pl dump | segments.pl join	a line per flow: its stream

use strict;
use warnings;

binmode STDIN;
my ($what, $step, $keys) = (@ARGV, '', '');

if ($what eq 'join') {
	my %flow;
	while (<STDIN>) {
		my ($type, $id, $payload) = /^(\w+) (\d+) \w+ (.*)/ or die;
		$flow{int $id / 10}{$id % 10} = $payload;
		print "$type $id\n" if $type ne 'packet';
	}
	for my $n (sort { $a <=> $b } keys %flow) {
		my %piece = %{$flow{$n}};
		print "$n ", join('', map { $piece{$_} } sort keys %piece),
		    "\n";
	}
	exit;
}

local $/;
my $bytes = <STDIN>;
for my $cut (1 .. length($bytes) - 1) {
	my @at = (0, $cut);
	push @at, $cut + $step if $step && $cut + $step < length $bytes;
	for my $i (0 .. $#at) {
		my $end = $i < $#at ? $at[$i + 1] : length $bytes;
		my $piece = substr $bytes, $at[$i], $end - $at[$i];
		$piece =~ s/([^ -\[\]-~])/sprintf '\x%02x', ord $1/ge;
		printf "tcp%d id=%d dport=%d seq=%d %s -- %s\n", $what,
		    $cut * 10 + $i, $cut, (4294967290 + $at[$i]) % 2 ** 32,
		    $keys, $piece;
	}
}
