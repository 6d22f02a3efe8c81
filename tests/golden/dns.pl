#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# DNS messages for tests, encoded and decoded independently of the code under
# test.
#
#	dns.pl make udp|tcp	lines to payloads as frames.pl takes them
#	dns.pl dump		what frames.pl dumps, with the payload as lines
#
# A message is its flags in hex, its question, and the sections of the answer:
#
#	8180 www.example.com A | www.example.com 60 A 10.0.0.1 | | . 0 OPT
#
# Records are separated by ", ", messages of TCP by " ++ ".  Names are
# compressed where they can be.

use strict;
use warnings;
use Socket qw(inet_pton inet_ntop AF_INET AF_INET6);

my %number = (A => 1, NS => 2, CNAME => 5, SOA => 6, PTR => 12, MX => 15,
    TXT => 16, SIG => 24, AAAA => 28, SRV => 33, OPT => 41, TSIG => 250);
my %type = reverse %number;
my ($msg, %seen, $at);

sub put_name {
	my ($name) = @_;
	$name =~ s/\.$//;
	while ($name ne '') {
		if (exists $seen{$name}) {
			$msg .= pack 'n', 0xc000 | $seen{$name};
			return;
		}
		$seen{$name} = length $msg;
		$name =~ s/^([^.]+)\.?//;
		$msg .= pack 'C/a', $1;
	}
	$msg .= "\0";
}

sub put_rdata {
	my ($type, @data) = @_;
	$msg .= pack 'n', shift @data if $type eq 'MX';
	$msg .= pack 'nnn', 1, 2, shift @data if $type eq 'SRV';
	if ($type eq 'A' || $type eq 'AAAA') {
		$msg .= inet_pton($type eq 'A' ? AF_INET : AF_INET6, $data[0]);
	} elsif ($type eq 'TXT') {
		$msg .= join '', map { pack 'C/a', $_ } @data;
	} else {
		put_name($_) for @data;
	}
	$msg .= pack 'N5', 1 .. 5 if $type eq 'SOA';
}

sub put_record {
	my ($name, $ttl, $type, @data) = split ' ', $_[0];
	put_name($name);
	$msg .= pack 'nnNn', $number{$type}, $type eq 'OPT' ? 1232 : 1, $ttl, 0;
	my $start = length $msg;
	put_rdata($type, @data);
	substr($msg, $start - 2, 2) = pack 'n', length($msg) - $start;
}

sub make {
	my ($head, @sections) = split /\s*\|\s*/, $_[0];
	my ($flags, $name, $type) = split ' ', $head;
	my @counts = (defined $name ? 1 : 0,
	    map { scalar(my @r = split /, /, $sections[$_] // '') } 0 .. 2);
	$msg = pack 'nH4n4', 4711, $flags, @counts;
	%seen = ();
	if (defined $name) {
		put_name($name);
		$msg .= pack 'nn', $number{$type}, 1;
	}
	put_record($_) for map { split /, / } @sections;
	return $msg;
}

sub take {
	my ($format, $n) = @_;
	$at += $n;
	return unpack $format, substr $msg, $at - $n, $n;
}

sub take_name {
	my ($n, @labels) = (take('C', 1));
	return join '.', @labels, '' if $n == 0;
	if ($n >= 0xc0) {
		my $to = ($n & 63) << 8 | take('C', 1);
		my $back = $at;
		$at = $to;
		my $rest = take_name();
		$at = $back;
		return $rest;
	}
	return take("a$n", $n) . '.' . take_name();
}

sub name {
	my $name = take_name();
	$name =~ s/\.$//;
	return $name eq '' ? '.' : $name;
}

sub rdata {
	my ($type, $len) = @_;
	my $end = $at + $len;
	my @data;
	push @data, take('n', 2) if $type eq 'MX';
	push @data, (take('nnn', 6))[2] if $type eq 'SRV';
	if ($type eq 'A' || $type eq 'AAAA') {
		push @data, inet_ntop($type eq 'A' ? AF_INET : AF_INET6,
		    take("a$len", $len));
	} elsif ($type eq 'TXT') {
		while ($at < $end) {
			my $n = take('C', 1);
			my $string = take("a$n", $n);
			push @data, $n > 60 ? "[$n]" : $string;
		}
	} elsif ($len > 0) {
		push @data, name();
		push @data, name() if $type eq 'SOA';
	}
	take('N5', 20) if $type eq 'SOA';
	die "data of $type ends at $at, not $end\n" if $at != $end;
	return @data;
}

sub record {
	my $name = name();
	my ($type, $class, $ttl, $len) = take('nnNn', 10);
	$type = $type{$type};
	return join ' ', $name, $ttl, $type, rdata($type, $len);
}

sub dump_message {
	($msg, $at) = ($_[0], 0);
	my ($id, $flags, $qd, @counts) = take('nH4n4', 12);
	die "id is $id\n" if $id != 4711;
	my $text = $flags;
	$text .= ' ' . name() . ' ' . $type{(take('nn', 4))[0]} if $qd;
	my @sections = map { join ', ', map { record() } 1 .. $_ } @counts;
	die "trailing bytes\n" if $at != length $msg;
	$text .= join ' |', '', map { $_ eq '' ? '' : " $_" } @sections;
	$text =~ s/[ |]+$//;
	return $text;
}

sub escape {
	return join '', map { sprintf '\x%02x', ord } split //, $_[0];
}

sub unescape {
	my ($s) = @_;
	my %c = (n => "\n", r => "\r", t => "\t", '\\' => '\\');
	$s =~ s/\\(?:x([0-9a-f]{2})|([nrt\\]))/
	    defined $1 ? chr hex $1 : $c{$2}/gex;
	return $s;
}

my ($mode, $proto) = @ARGV;
my $tcp = defined $proto && $proto eq 'tcp';
while (<STDIN>) {
	chomp;
	if ($mode eq 'make') {
		print map({ escape($tcp ? pack 'n/a', make($_) : make($_)) }
		    split / \+\+ /), "\n";
		next;
	}
	my ($type, $id, $name, $payload) = split / /, $_, 4;
	$payload = unescape($payload);
	my @messages = $name =~ /tcp/ ? unpack '(n/a)*', $payload : $payload;
	print "$type $name ", join(' ++ ', map { dump_message($_) } @messages),
	    "\n";
}
