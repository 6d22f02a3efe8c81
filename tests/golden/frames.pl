#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# Frames for tests, encoded and decoded independently of the code under test.
#
#	frames.pl make	lines of text to frames
#	frames.pl dump	frames to lines: type, id, protocol, payload; no hold records
#	frames.pl holds	hold records to lines: their time, in ns
#	frames.pl flows N	a datagram from each of so many addresses and ports
#	frames.pl heads	all of each frame but its captured length and its payload
#
# A line is a protocol and IP version, key=value pairs, and after " -- " the
# payload, escaped as in C:
#
#	tcp4 id=7 dir=1 mark=5 -- GET /foo\r\n
#
# Keys are the fields of the frame's header and: rep (the payload so many
# times), opaque (hex), options (bytes of IPv4 options or of an IPv6
# hop-by-hop header), tcpoptions (bytes of them, or in hex after 0x), tcpflags,
# seq, ack, src and dst (the last byte of the addresses), sport, dport, swap
# (1: source and destination), frag (first or later),
# cut (bytes off the packet's end).  "bytes HEX" is put into the stream as it
# stands.

use strict;
use warnings;

my %number = (tcp4 => 6, udp4 => 17, icmp4 => 1, gre4 => 47,
    tcp6 => 6, udp6 => 17, icmp6 => 58, esp6 => 50);
my %type = (1 => 'packet', 2 => 'drop', 3 => 'inject', 4 => 'pass',
    5 => 'hold');

sub unescape {
	my ($s) = @_;
	my %c = (n => "\n", r => "\r", t => "\t", '\\' => '\\');
	$s =~ s/\\(?:x([0-9A-Fa-f]{2})|([nrt\\]))/
	    defined $1 ? chr hex $1 : $c{$2}/gex;
	return $s;
}

sub escape {
	my ($s) = @_;
	my %c = ("\n" => '\n', "\r" => '\r', "\t" => '\t', '\\' => '\\\\');
	$s =~ s/([\n\r\t\\])|([^ -~])/
	    defined $1 ? $c{$1} : sprintf '\x%02x', ord $2/gex;
	return $s;
}

sub transport {
	my ($proto, $k, $data) = @_;
	my $opt = $k->{tcpoptions} || 0;
	$opt = $opt =~ /^0x(.*)/ ? pack 'H*', $1 : "\1" x $opt;
	my @port = ($k->{sport} // 4242, $k->{dport} // ($proto == 6 ? 80 : 53));
	@port = reverse @port if $k->{swap};
	return pack('nnNNCCnnn', @port, $k->{seq} // 1000, $k->{ack} // 2000,
	    (20 + length $opt) / 4 << 4, $k->{tcpflags} // 0x18, 8192, 0, 0) .
	    $opt . $data
	    if $proto == 6;
	return pack('nnnn', @port, 8 + length $data, 0) . $data
	    if $proto == 17;
	return pack('CCnnn', $proto == 1 ? 8 : 128, 0, 0, 1, 2) . $data
	    if $proto == 1 || $proto == 58;
	return $data;
}

sub ipv4 {
	my ($proto, $k, $data) = @_;
	my $opt = "\1" x ($k->{options} || 0);
	my $hl = 20 + length $opt;
	my @addr = map { "\x0a\0\0" . chr } $k->{src} // 1, $k->{dst} // 2;
	@addr = reverse @addr if $k->{swap};
	my $frag = { first => 0x2000, later => 0x2010 }->{$k->{frag} || ''};
	return pack('CCnnnCCna4a4', 0x40 | $hl / 4, 0, $hl + length $data, 99,
	    $frag || 0, 64, $proto, 0, @addr) . $opt . $data;
}

sub ipv6 {
	my ($proto, $k, $data) = @_;
	if (my $frag = $k->{frag}) {
		$data = pack('CCnN', $proto, 0, $frag eq 'first' ? 1 : 0x81,
		    7) . $data;
		$proto = 44;
	}
	if (my $n = $k->{options}) {
		$data = pack('CCCC', $proto, $n / 8 - 1, 1, $n - 4) .
		    "\0" x ($n - 4) . $data;
		$proto = 0;
	}
	my @addr = map { "\x20\1\x0d\xb8" . "\0" x 11 . chr }
	    $k->{src} // 1, $k->{dst} // 2;
	@addr = reverse @addr if $k->{swap};
	return pack('NnCC', 6 << 28, length $data, $proto, 64) .
	    join('', @addr) . $data;
}

sub make {
	my ($line) = @_;
	my ($head, $data) = split / -- /, $line, 2;
	my ($name, @rest) = split ' ', $head;
	return pack 'H*', $rest[0] if $name eq 'bytes';
	my %k = (type => 1, id => 1, dir => 1, epoch => 1, ifname => 'eth0',
	    map { split /=/, $_, 2 } @rest);
	$data = unescape(defined $data ? $data : '') x (defined $k{rep} ?
	    $k{rep} : 1);
	my $packet = '';
	if ($name ne 'none') {
		my $proto = $number{$name} or die "no protocol $name\n";
		$data = transport($proto, \%k, $data)
		    unless ($k{frag} || '') eq 'later';
		$packet = $name =~ /4$/ ? ipv4($proto, \%k, $data) :
		    ipv6($proto, \%k, $data);
	}
	my $opaque = pack 'H*', $k{opaque} || '';
	my $origlen = length $packet;
	substr($packet, -$k{cut}) = '' if $k{cut};
	return pack('a4CCnNN', 'DIVF', 1, $k{type}, 80 + length $opaque,
	    length $packet, defined $k{origlen} ? $k{origlen} : $origlen) .
	    pack('Q>Q>', $k{time} || 0, $k{id}) .
	    pack('H16', $k{digest} || '0' x 16) .
	    pack('Q>NNnCCNa16', $k{epoch}, $k{mark} || 0, $k{ifindex} || 0,
	    $k{port} || 0, $k{dir}, $k{flags} || 0, $k{tag} || 0, $k{ifname}) .
	    $opaque . $packet;
}

# The name of the packet's protocol, and the offset of its payload.
sub locate {
	my ($p) = @_;
	my ($at, $proto, $v, $later);
	return ('none', 0) if $p eq '';
	if (($v = ord($p) >> 4) == 4) {
		($at, $proto) = ((ord($p) & 15) * 4, ord substr $p, 9, 1);
		$later = unpack('n', substr $p, 6, 2) & 0x1fff;
	} else {
		($at, $proto) = (40, ord substr $p, 6, 1);
		while ($proto == 0 || $proto == 44) {
			my ($next, $n, $frag) = unpack 'CCn', substr $p, $at;
			$later = $frag >> 3 if $proto == 44;
			$at += $proto == 44 ? 8 : 8 * $n + 8;
			$proto = $next;
		}
	}
	my ($name) = grep { $number{$_} == $proto && /$v$/ } keys %number;
	return ($name, $at) if $later;
	$at += $proto == 6 ? (ord(substr $p, $at + 12, 1) >> 4) * 4 :
	    $proto =~ /^(17|1|58)$/ ? 8 : 0;
	return ($name, $at);
}

sub each_frame {
	my ($do) = @_;
	local $/;
	my $in = <STDIN>;
	while (length $in) {
		die "no frame\n" if length $in < 80 || $in !~ /^DIVF/;
		my ($type, $hl, $len) = unpack 'x5CnN', $in;
		die "truncated frame\n" if length $in < $hl + $len;
		my $head = substr $in, 0, $hl, '';
		my $packet = substr $in, 0, $len, '';
		$do->($type{$type} || $type, $head, $packet);
	}
}

sub dump_frame {
	my ($type, $head, $packet) = @_;
	return if $type eq 'hold';
	my $id = unpack 'Q>', substr $head, 24, 8;
	my ($name, $at) = locate($packet);
	print "$type $id $name ", escape(substr $packet, $at), "\n";
}

sub dump_hold {
	my ($type, $head) = @_;
	print unpack('Q>', substr $head, 16, 8), "\n" if $type eq 'hold';
}

sub dump_heads {
	my ($type, $head, $packet) = @_;
	return if $type eq 'hold';
	my ($name, $at) = locate($packet);
	substr($head, 8, 4) = '';
	print unpack('H*', $head), ' ', unpack('H*', substr $packet, 0, $at),
	    "\n";
}

binmode STDIN;
binmode STDOUT;
my $mode = shift // '';
if ($mode eq 'make') {
	while (<STDIN>) {
		chomp;
		print make($_) if /\S/;
	}
} elsif ($mode eq 'dump') {
	each_frame(\&dump_frame);
} elsif ($mode eq 'flows') {
	my $head = pack('a4CCnNNQ>Q>Q>Q>NNnCCNa16', 'DIVF', 1, 1, 80, 28, 28,
	    1000000000, 1, 0, 1, 0, 0, 0, 1, 0, 0, 'eth0');
	for my $i (1 .. shift) {
		print $head, pack('CCnnnCCnNNnnnn', 0x45, 0, 28, 0, 0, 64, 17,
		    0, 0x0a000000 + ($i >> 8), 0x0b000000, 1024 + ($i & 255),
		    53, 8, 0);
	}
} elsif ($mode eq 'heads') {
	each_frame(\&dump_heads);
} elsif ($mode eq 'holds') {
	each_frame(\&dump_hold);
} else {
	die "usage: frames.pl make | dump | holds | flows N | heads\n";
}
