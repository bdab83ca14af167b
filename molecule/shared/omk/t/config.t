# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The stand-in's reader and writer: what it takes, what it dies on, and how it locks.
use strict;
use warnings;

use Fcntl qw(:flock);
use File::Basename qw(basename);
use File::Temp qw(tempdir);
use FindBin;
use lib "$FindBin::RealBin/../app/lib";
use Test::More;

use OMK::Config qw(load_config patch_config read_config);

my $samples = "$FindBin::RealBin/../samples";

# omk(name => text, ...) -> a folder like /usr/local/omk with these files below conf
sub omk {
    my %files = @_;
    my $base = tempdir(CLEANUP => 1);
    mkdir "$base/conf";
    mkdir "$base/conf/conf.d";
    for my $name (keys %files) {
        open(my $handle, '>:raw', "$base/conf/$name") or die "$name: $!";
        print {$handle} $files{$name};
        close($handle);
    }
    return $base;
}

sub slurp {
    my ($path) = @_;
    open(my $handle, '<:raw', $path) or die "$path: $!";
    local $/;
    return scalar <$handle>;
}

# loaded(name => text, ...) -> the settings, or the reader's last words
sub loaded {
    my $base = omk(@_);
    local $SIG{__WARN__} = sub { };
    my ($settings) = eval { load_config($base) };
    return $settings // $@;
}

for my $format (qw(json nmis)) {
    my $settings = loaded("opCommon.$format" => slurp("$samples/opCommon.$format"));
    is(ref $settings, 'HASH', "$format sample loads");
    is($settings->{omkd_listen_port}, 8042, "$format sample is flattened");
    is($settings->{websocket_proxy_port}, undef, "$format sample has no port");
    is(loaded("opCommon.$format" => slurp("$samples/set.$format"))->{websocket_proxy_port}, 443, "$format: set");
    like(loaded("opCommon.$format" => slurp("$samples/broken.$format")), qr/unparseable/, "$format: broken");
}
is(loaded('opCommon.nmis' => slurp("$samples/crlf-latin1.nmis"))->{mail_from}, "\xdcberwachung", 'CRLF and Latin-1');
is(
    loaded(
        'opCommon.json' => '{"a":{"port":"1"},"b":{}}',
        'opCommon.nmis' => '%hash = (a => {port => 2}, b => {});'
    )->{port},
    1,
    'JSON is preferred'
);

my %refused = (
    'trailing 1;'        => ['nmis', "%hash = (a => {b => 1}, c => {});\n1;\n", 'not have enough depth, only 1'],
    'braces'             => ['nmis', '%hash = {a => {b => 1}, c => {}};', 'not have enough depth, only 1'],
    'one section'        => ['nmis', '%hash = (a => {b => 1});', 'not have enough depth, only 1'],
    'nothing'            => ['nmis', '', 'not have enough depth, only 0'],
    'scalar at the top'  => ['nmis', '%hash = (a => 1, b => {});', 'a is no section'],
    'not Perl'           => ['nmis', '%hash = (a => {b => 1}', 'unparseable'],
    'JSON: an array'     => ['json', '[1]', 'no object at the top'],
    'JSON: one section'  => ['json', '{"a":{"b":1}}', 'not have enough depth, only 1'],
    'JSON: a comment'    => ['json', '{"a":{"b":1}, # no' . "\n" . '"c":{}}', 'unparseable'],
    'JSON: NaN'          => ['json', '{"a":{"b":NaN},"c":{}}', 'unparseable'],
    'JSON: BOM'          => ['json', "\xef\xbb\xbf" . '{"a":{"b":1},"c":{}}', 'unparseable'],
    'JSON: a comma less' => ['json', '{"a":{"b":1} "c":{}}', 'unparseable'],
);
for my $what (sort keys %refused) {
    my ($format, $text, $words) = @{ $refused{$what} };
    like(loaded("opCommon.$format" => $text), qr/\Q$words\E/, "dies on: $what");
}

is(loaded('opCommon.json' => '{"a":{"b":"1","b":"2"},"c":{}}')->{b}, 2, 'JSON: the last of two wins');
is(loaded('opCommon.json' => qq({"a":{"b":"\xe4"},"c":{}}))->{b}, "\xe4", 'JSON: Latin-1 is taken');
is(loaded('opCommon.nmis' => 'my %hash = (a => {b => 0443, b => 1}, c => {d => 0443});')->{d}, 291, 'octal');
like(loaded(), qr/no configuration file/, 'no file at all');

my $main = '{"a":{"port":"443","other":1},"c":{}}';
is(loaded('opCommon.json' => $main, 'conf.d/x.nmis' => '%hash = (a => {port => 8042});')->{port}, 8042, 'conf.d wins');
is(loaded('opCommon.json' => $main, 'conf.d/x.json' => 'broken')->{port}, 443, 'a broken file in conf.d is ignored');
is(loaded('opCommon.json' => $main, 'conf.d/x.txt' => '%hash = (a => {port => 1});')->{port}, 443, 'so is any other');

for my $format (qw(json nmis)) {
    my $base = omk("opCommon.$format" => slurp("$samples/opCommon.$format"));
    my $path = "$base/conf/opCommon.$format";
    my $inode = (stat $path)[1];
    patch_config($path, 'omkd', 'websocket_proxy_port', '443');
    is(read_config($path)->{omkd}{websocket_proxy_port}, 443, "$format: patched");
    is((stat $path)[1], $inode, "$format: the same inode");
    patch_config($path, undef, 'mail_server', 'other');
    is(read_config($path)->{email}{mail_server}, 'other', "$format: patched without a section");
    ok(!eval { patch_config($path, undef, 'unheard_of', 1); 1 }, "$format: an unknown name needs a section");
}

# Readers and the writer wait for each other: as long as somebody writes, nobody reads.
my $base = omk('opCommon.json' => $main);
my $path = "$base/conf/opCommon.json";
pipe(my $reader, my $writer);
my $child = fork // die "fork: $!";
if (!$child) {
    open(my $handle, '+<', $path) or die $!;
    flock($handle, LOCK_EX);
    truncate($handle, 0);
    syswrite($writer, '.');
    select(undef, undef, undef, 0.5);
    print {$handle} '{"a":{"port":"1"},"c":{}}';
    close($handle);
    exit;
}
sysread($reader, my $started, 1);
is(read_config($path)->{a}{port}, 1, 'the reader waits for a writer that has truncated the file');
waitpid($child, 0);

done_testing();
