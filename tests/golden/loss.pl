#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# loss.pl p r 1-h 1-k: reads the output of divdrop for frames without packets,
# and tests whether the losses are those of this chain.  There is a chi-square
# test each for the lengths of loss runs, for the lengths of runs without loss,
# and for the loss rate, by the patterns of packets far from each other.  Each
# test rejects one in a thousand good runs.

use strict;
use warnings;

my @trans = ([1 - $ARGV[0], $ARGV[0]], [$ARGV[1], 1 - $ARGV[1]]);
my @lose = ($ARGV[3], $ARGV[2]);
my $long = $ARGV[0] / ($ARGV[0] + $ARGV[1]);

# The weights of the states after a packet that was lost, or was not.
sub step {
	my ($lost, @w) = @_;
	@w = map { $w[$_] * ($lost ? $lose[$_] : 1 - $lose[$_]) } 0, 1;
	return map { $w[0] * $trans[0][$_] + $w[1] * $trans[1][$_] } 0, 1;
}

sub chance {
	my ($lost, @w) = @_;
	my @next = step($lost, @w);
	return $next[0] + $next[1];
}

# The critical value at 0.001, by Wilson and Hilferty's approximation.
sub verdict {
	my ($name, $sum, $degrees) = @_;
	my $v = 2 / 9 / $degrees;
	my $limit = $degrees * (1 - $v + 3.09 * sqrt $v) ** 3;
	printf "%s: %s, chi-square %.1f, %d degrees of freedom, limit %.1f\n",
	    $name, $sum < $limit ? 'good' : 'bad', $sum, $degrees, $limit;
	return $sum < $limit;
}

# Lengths of runs, in bins of twenty or more, and one bin for longer runs.
sub runs {
	my ($name, $lost, @lengths) = @_;
	my @w = step(!$lost, 1 - $long, $long);
	my $all = chance($lost, @w);
	my ($left, $more) = (scalar @lengths, scalar @lengths);
	my ($want, $is, $sum, $bins) = (0, 0, 0, 0);
	my @count;
	$count[$_]++ for @lengths;
	for (my $n = 1; $left > 40; $n++) {
		@w = step($lost, @w);
		$want += @lengths * chance(!$lost, @w) / $all;
		$is += $count[$n] || 0;
		next if $want < 20;
		$sum += ($is - $want) ** 2 / $want;
		$left -= $want;
		$more -= $is;
		$want = $is = 0;
		$bins++;
	}
	$sum += ($more - $left) ** 2 / $left;
	return verdict($name, $sum, $bins);
}

# Three packets in a row, every 64: those between make them independent.
sub patterns {
	my ($s) = @_;
	my (%count, $sum);
	my $total = int(length($s) / 64);
	$count{substr $s, 64 * $_, 3}++ for 0 .. $total - 1;
	for my $i (0 .. 7) {
		my $bits = sprintf '%03b', $i;
		my @w = (1 - $long, $long);
		@w = step($_, @w) for split //, $bits;
		my $want = $total * ($w[0] + $w[1]);
		my $is = $count{$bits} || 0;
		$sum += ($is - $want) ** 2 / $want if $want;
	}
	return verdict('patterns', $sum, 7);
}

binmode STDIN;
local $/;
my $s = join '', unpack '(x5 a x74)*', <STDIN>;
$s =~ tr/\1\2/01/;
my %runs = (0 => [], 1 => []);
push @{$runs{substr $1, 0, 1}}, length $1 while $s =~ /(0+|1+)/g;
my $good = patterns($s);
$good &= runs('losses', 1, @{$runs{1}});
$good &= runs('gaps', 0, @{$runs{0}});
exit !$good;
