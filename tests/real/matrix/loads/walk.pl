# SPDX-License-Identifier: MIT
# Hashes, sorting, regular expressions, closures, pack, sprintf, fork with pipes, threads, eval, big strings.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Storable qw(freeze thaw dclone);
use threads;

my %words;
$words{"w" . ($_ * 7919 % 10007)} += $_ for 1 .. 120_000;
my @top = (sort { $words{$b} <=> $words{$a} || $a cmp $b } keys %words)[0 .. 5];
print scalar(keys %words), " @top\n";

my $text = join ' ', map { "name$_=" . ($_ * 31) } 1 .. 30_000;
my $sum = 0;
$sum += $1 while $text =~ /name\d*7=(\d+)/g;
(my $changed = $text) =~ s/(\d+)=(\d+)/$2 . ":" . $1/ge;
print "$sum ", sha256_hex($changed), "\n";

my $deep = { list => [map { { n => $_, s => "x" x ($_ % 50) } } 1 .. 5000] };
my $copy = dclone(thaw(freeze($deep)));
print sha256_hex(join ',', map { "$_->{n}$_->{s}" } @{ $copy->{list} }), "\n";
print sha256_hex(pack 'N*', map { $_ * 3 } 1 .. 100_000), "\n";

for my $n (1 .. 20) {
	pipe my $in, my $out or die;
	my $pid = fork // die;
	if (!$pid) {
		close $in;
		my @held = map { "child $n " x 100 } 1 .. 200;
		print $out sha256_hex("@held"), "\n";
		close $out;
		exit $n;
	}
	close $out;
	my $line = <$in>;
	waitpid $pid, 0;
	print $? >> 8, ' ', $line;
}
my @threads = map { my $n = $_; threads->create(sub { my %h = map { $_ => "v$_" } 1 .. 5000 * $n; scalar keys %h }) } 1 .. 6;
print join(' ', map { $_->join } @threads), "\n";
for (1 .. 3) { eval { die { code => $_, much => 'y' x 1_000_000 } }; print $@->{code} + length $@->{much}, "\n"; }
my $long = '';
$long .= chr(65 + $_ % 26) x 1000 for 1 .. 20_000;
print length $long, ' ', sha256_hex($long), "\n";
