#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# select.pl PORT: passes, edits and drops with the raw numbers of FreeBSD 13, by
# select and a duplicate of the socket.

use strict;
use warnings;
use Socket;

my $port = shift;
socket(my $fd, AF_INET, SOCK_RAW, 258) or die "socket: $!\n";
bind($fd, pack_sockaddr_in($port, INADDR_ANY)) or die "bind: $!\n";
open my $copy, '+<&', $fd or die "dup: $!\n";
close $fd;

for (;;) {
	my $bits = '';

	vec($bits, fileno($copy), 1) = 1;
	select $bits, undef, undef, undef;
	defined(my $from = recv $copy, my $packet, 65535, 0) or die "recv: $!\n";
	next if $packet =~ /drop/;
	# words change places, the sum stays
	$packet =~ s/edit/ited/;
	defined send($copy, $packet, 0, $from) or warn "send: $!\n";
}
