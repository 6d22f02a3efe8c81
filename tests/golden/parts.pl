# SPDX-License-Identifier: ISC
#
# parts.pl command ...: prints how many of the write(2)s to standard error end
# within a line.  Standard error is a datagram socket: a datagram for each
# write.
use strict;
use warnings;
use Socket;

socketpair my $here, my $there, AF_UNIX, SOCK_DGRAM, 0 or die "socketpair: $!";
my $pid = fork // die "fork: $!";
if ($pid == 0) {
	open STDOUT, '>', '/dev/null' or die "null: $!";
	open STDERR, '>&', $there or die "dup: $!";
	exec @ARGV or exit 127;
}
waitpid $pid, 0;
my ($parts, $writes, $text) = (0, 0);
while (defined recv $here, $text, 65536, MSG_DONTWAIT) {
	$parts += $text !~ /\n\z/;
	$writes++;
}
print "$parts of $writes\n";
