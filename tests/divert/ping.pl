#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# ping.pl PORT: answers ICMP echo, by a divert socket of FreeBSD 14; what is
# diverted it keeps, and the answer goes out as a packet of its own.

use strict;
use warnings;
use Socket;

my $port = shift;
socket(my $fd, 44, SOCK_RAW, 0) or die "socket: $!\n";
bind($fd, pack_sockaddr_in($port, INADDR_ANY)) or die "bind: $!\n";

sub checksum {
	my $data = shift;
	my $sum = 0;

	$data .= "\0" if length($data) % 2;
	$sum += $_ for unpack 'n*', $data;
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	return ~$sum & 0xffff;
}

sub answer4 {
	my ($header, $icmp) = unpack 'a20 a*', shift;

	return if ord($icmp) != 8;
	substr($icmp, 0, 4) = "\0\0\0\0";
	substr($icmp, 2, 2) = pack 'n', checksum($icmp);
	$header = substr($header, 0, 12) . substr($header, 16, 4) .
	    substr($header, 12, 4);
	substr($header, 10, 2) = "\0\0";
	substr($header, 10, 2) = pack 'n', checksum($header);
	return $header . $icmp;
}

sub answer6 {
	my ($header, $icmp) = unpack 'a40 a*', shift;
	my ($src, $dst) = unpack 'x8 a16 a16', $header;

	return if ord($icmp) != 128;
	substr($icmp, 0, 4) = "\x81\0\0\0";
	substr($icmp, 2, 2) = pack 'n',
	    checksum($dst . $src . pack('N N', length $icmp, 58) . $icmp);
	return substr($header, 0, 8) . $dst . $src . $icmp;
}

while (defined(my $from = recv $fd, my $packet, 65535, 0)) {
	my ($rule, $addr) = unpack_sockaddr_in($from);
	my $answer = ord($packet) >> 4 == 4 ? answer4($packet) :
	    answer6($packet);

	send $fd, $answer, 0, pack_sockaddr_in(0, INADDR_ANY) if $answer;
}
