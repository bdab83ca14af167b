# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The stand-in's pages and its websocket, over real connections to a server of its own.
use strict;
use warnings;

use File::Copy qw(copy);
use File::Temp qw(tempdir);
use FindBin;
use Mojo::JSON qw(decode_json);
use Mojo::Server;
use Test::Mojo;
use Test::More;

my $omk  = "$FindBin::RealBin/..";
my $page = '/en/omk/opCharts/nodes/core-router1';
my $log  = '/en/omk/opCharts/events/log';

# served($sample) -> a Test::Mojo for the application with this configuration
sub served {
    my ($sample) = @_;
    my $base = tempdir(CLEANUP => 1);
    mkdir "$base/conf";
    copy("$omk/samples/$sample", "$base/conf/opCommon." . ($sample =~ /\.(\w+)$/)[0]) or die $!;
    local $ENV{OMK_BASE} = $base;
    local $ENV{MOJO_LOG_LEVEL} = 'fatal';
    local @ARGV = ();
    local $SIG{__WARN__} = sub { };    # the script is loaded more than once
    my $test = Test::Mojo->new(Mojo::Server->new->load_app("$omk/app/script/opmantek.pl"));
    $test->app->mode('production');
    return $test;
}

# told($test, %headers) -> what the node page tells the browser of the websocket
sub told {
    my ($test, %headers) = @_;
    my $body = $test->get_ok($page => \%headers)->status_is(200)->tx->res->body;
    return decode_json(($body =~ /var told = (\{.*?\});/)[0]);
}

my $plain = served('opCommon.json');
$plain->get_ok('/en/omk')->status_is(200)->text_like('h2', qr/Nodes/);
$plain->get_ok($page)->status_is(200)->header_is(Server => 'Mojolicious (Perl)')
    ->element_exists('#events-pane[data-state=connecting]');
is_deeply(told($plain), {scheme => 'ws', port => 8042, path => $log}, 'ws on 8042 by default');
is(told($plain, 'X-Forwarded-Proto' => 'https')->{scheme}, 'wss', 'wss when the proxy says https');
is(told(served('set.json'))->{port}, 443, 'the port of the setting');
is(told(served('set.nmis'))->{port}, 443, 'the port of the setting, nmis');

$plain->get_ok($log)->status_is(404)->header_is(Server => 'Mojolicious (Perl)');
$plain->get_ok('/en/omk/opCharts/nodes/nobody')->status_is(404);

my @events;
$plain->websocket_ok($log)->message_ok->message_ok;
push @events, decode_json($plain->message->[1]);
is($events[0]{node}, 'core-router1', 'an event of the first node');
$plain->send_ok('{"node":"db-server3"}')->message_ok;
is(decode_json($plain->message->[1])->{node}, 'db-server3', 'then of the node that the page asks for');
$plain->send_ok('no json')->send_ok('{"node":"nobody"}')->message_ok->finish_ok;

my $locked = served('login.json');
$locked->get_ok($page)->status_is(302)->header_is(Location => '/en/omk/login');
my $handshake;
$locked->ua->start($locked->ua->build_websocket_tx($log) => sub { $handshake = $_[1]; Mojo::IOLoop->stop });
Mojo::IOLoop->start;
is($handshake->res->code, 302, 'no websocket without a login');
is($handshake->res->headers->location, '/en/omk/login', 'but a way to it');
$locked->post_ok('/en/omk/login' => form => {username => 'nmis', password => 'wrong'})->status_is(401)
    ->text_like('.failed', qr/wrong/);
$locked->get_ok($page)->status_is(302);
$locked->post_ok('/en/omk/login' => form => {username => 'nmis', password => 'nm1888'})->status_is(302)
    ->header_is(Location => $page);
$locked->get_ok($page)->status_is(200);
$locked->websocket_ok($log)->message_ok->finish_ok;
$locked->get_ok('/en/omk/logout')->status_is(302);
$locked->get_ok($page)->status_is(302);

done_testing();
