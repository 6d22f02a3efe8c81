#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# links.pl		prints the names of link headers
# links.pl NAME		reads a capture of link type raw IP, as divcat writes it,
#			and writes one with this header before each packet
#
# Headers are made independently of the code under test, by
# https://www.tcpdump.org/linktypes.html.

use strict;
use warnings;

my ($type, $ppp, $family, $length);	# of the packet at hand

sub ether {
	my ($ethertype) = @_;
	return pack 'H24 n', '020000000001020000000002', $ethertype;
}

sub snap {
	return pack 'H12 n', 'aaaa03000000', $type;
}

sub wifi {
	my ($subtype, $flags, $more) = @_;
	return pack 'C C x2 H36 n a*', $subtype << 4 | 8, $flags,
	    '020000000001020000000002020000000003', 0x10, $more // '';
}

sub pppoe {
	return pack 'C C n n n', 0x11, 0, 7, 2 + $length, $ppp;
}

sub pflog {
	my ($bytes) = @_;
	my $head = pack 'C C C C a16 a16 N N N N N N C', $bytes,
	    $family == 2 ? 2 : 24, 1, 0, 'vtnet0', '', 3, 0xffffffff,
	    0, 0, 0, 0, 1;
	return pack 'a' . ($bytes + 3 & ~3), $head;
}

# attributes in the byte order of the file
sub nflog {
	my ($short) = @_;
	my $attr = sub {
		my ($kind, $value) = @_;
		my $n = length $value;
		return pack "$short$short a" . ($n + 3 & ~3), 4 + $n, $kind,
		    $value;
	};
	return pack('C C n', $family, 0, 5) .
	    $attr->(1, pack 'n C x', $type, 1) . $attr->(10, "web: \0") .
	    $attr->(4, pack 'N', 3) . $attr->(2, pack 'N', 7) .
	    pack "$short$short", 4 + $length, 9;
}

# link type and header; bytes to pad to; V or N: the byte order
my %links = (
	'802.3' => [1, sub { ether(8 + $length) . snap() }, 80],
	vlan => [1, sub { ether(0x8100) . pack 'n n', 7, $type }, 80],
	mpls => [1, sub { ether(0x8847) . pack 'N N', 0x10040, 0x20140 }, 80],
	'mpls-vlan' => [1, sub {
		ether(0x8100) . pack 'n n N', 7, 0x8847, 0x20140 }],
	pppoe => [1, sub { ether(0x8864) . pppoe() }, 80],
	'pppoe-bare' => [51, sub { pppoe() }],
	ppp => [9, sub { pack 'n', $ppp }],
	'ppp-framed' => [9, sub { pack 'n n', 0xff03, $ppp }],
	'ppp-short' => [50, sub { pack 'n C', 0xff03, $ppp }],
	cisco => [50, sub { pack 'n n', 0x0f00, $type }],
	wifi => [105, sub { wifi(0, 1) . snap() }],
	'wifi-qos' => [105, sub { wifi(8, 2, "\0\0") . snap() }],
	'wifi-relay' => [105, sub { wifi(0, 3, "\2\0\0\0\0\4") . snap() }],
	radiotap => [127, sub { pack('x2 v x4', 8) . wifi(0, 1) . snap() }],
	'radiotap-padded' => [127, sub {
		pack('x2 v V x8 C', 17, 3, 0x20) .
		    wifi(8, 1, "\0\0\0\0") . snap() }],
	enc => [109, sub { pack 'V N V', $family == 2 ? 2 : 24, 1, 0 }],
	pflog => [117, sub { pflog(61) }],
	'pflog-openbsd' => [117, sub { pflog(100) }],
	nflog => [239, sub { nflog('v') }],
	'nflog-big' => [239, sub { nflog('n') }, 0, 'N'],
);

if (!@ARGV) {
	print "$_\n" for sort keys %links;
	exit;
}
my ($link, $head, $pad, $order) = @{$links{$ARGV[0]} or die};
$pad //= 0;
$order //= 'V';
binmode $_ for *STDIN, *STDOUT;
read STDIN, $_, 24;
print pack $order eq 'V' ? 'V v v V V V V' : 'N n n N N N N', 0xa1b23c4d, 2, 4,
    0, 0, 262144, $link;
my $packet;
while (read STDIN, $_, 16) {
	my ($sec, $ns, $caplen) = unpack 'L3', $_;
	read STDIN, $packet, $caplen;
	my $six = ord($packet) >> 4 == 6;
	($type, $ppp, $family) =
	    $six ? (0x86dd, 0x57, 10) : (0x0800, 0x21, 2);
	$length = $caplen;
	my $bytes = $head->() . $packet;
	$bytes .= "\0" x ($pad - length $bytes) if length $bytes < $pad;
	$bytes .= "\0" x (-length($bytes) % 4) if $link == 239;
	print pack("${order}4", $sec, $ns, (length $bytes) x 2), $bytes;
}
