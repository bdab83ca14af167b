#!/usr/bin/perl
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Stand-in for the OMK web service: a node page whose Events pane is fed by a websocket. See README.md.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use Mojolicious::Lite -signatures;
use Mojo::IOLoop;
use Mojo::JSON qw(decode_json encode_json);
use Mojo::Util qw(secure_compare);
use OMK::Config qw(load_config);

my $base = $ENV{OMK_BASE} // "$FindBin::RealBin/..";
my ($settings, $path) = load_config($base);    # dies, and the unit fails, when the file is unusable

my $port = $settings->{omkd_listen_port} // 8042;
app->home->detect;
app->renderer->paths(["$FindBin::RealBin/../templates"]);
app->secrets($settings->{omkd_secrets} // ['stand-in']);
app->sessions->cookie_name('omk');
app->defaults(layout => 'omk');
app->log->level($ENV{MOJO_LOG_LEVEL} // 'info');
# Told on the command line, the address wins: tests start a second one beside the service.
push @ARGV, '--listen', "http://*:$port" if ($ARGV[0] // '') eq 'daemon' && !grep {/^(?:-l|--listen)/} @ARGV;

my %NODES = (
    'core-router1' => {
        type => 'router', vendor => 'Cisco Systems', model => 'CiscoRouter', host => '192.0.2.1',
        group => 'DataCenter', location => 'Rack A3', uptime => '212 days, 4:17:09', interfaces => 24,
    },
    'dist-switch2' => {
        type => 'switch', vendor => 'Juniper Networks', model => 'JuniperSwitch', host => '192.0.2.12',
        group => 'Campus', location => 'Building 2', uptime => '39 days, 11:02:51', interfaces => 48,
    },
    'db-server3' => {
        type => 'server', vendor => 'net-snmp', model => 'net-snmp', host => '192.0.2.33',
        group => 'DataCenter', location => 'Rack B1', uptime => '71 days, 20:40:30', interfaces => 3,
    },
);

my @EVENTS = (
    ['Interface Down',                'Major',    'GigabitEthernet0/1', 'ifOperStatus down, ifAdminStatus up'],
    ['Interface Up',                  'Normal',   'GigabitEthernet0/1', 'ifOperStatus up, outage 00:01:12'],
    ['Proactive Interface Input Utilisation', 'Warning', 'GigabitEthernet0/2', 'Value=81.4% Threshold=80%'],
    ['Proactive Response Time',       'Minor',    '',                   'Value=412ms Threshold=400ms'],
    ['Proactive Response Time Closed', 'Normal',  '',                   'Value=37ms Threshold=400ms'],
    ['Service Degraded',              'Minor',    'http',               'responsetime=2.71s, availability=100%'],
    ['Proactive CPU',                 'Critical', 'CPU 1',              'Value=97.2% Threshold=95%'],
    ['Node Configuration Change',     'Warning',  '',                   'changed at 2 days, 0:11:43'],
);
my $serial = 0;

# event($node) -> one event, such as the websocket sends and the page lists
sub event ($node) {
    my ($name, $level, $element, $details) = @{ $EVENTS[$serial % @EVENTS] };
    return {
        id => ++$serial, time => time, node => $node, event => $name, level => $level,
        element => $element, details => $details,
    };
}

# The path that websockets, redirects and links start with, with or without a proxy in front.
my $omk = app->routes->any('/en/omk');

$omk->get('/login' => sub ($c) { $c->render('login', title => 'Login', failed => 0) });

$omk->post('/login' => sub ($c) {
    my $user = $settings->{stand_in_user}     // 'nmis';
    my $word = $settings->{stand_in_password} // 'nm1888';
    if (secure_compare($c->param('username') // '', $user) && secure_compare($c->param('password') // '', $word)) {
        $c->session(user => $user);
        return $c->redirect_to($c->flash('wanted') // '/en/omk');
    }
    $c->flash(wanted => $c->flash('wanted'));
    return $c->render('login', title => 'Login', failed => 1, status => 401);
});

$omk->get('/logout' => sub ($c) { $c->session(expires => 1); $c->redirect_to('/en/omk/login') });

my $private = $omk->under('/' => sub ($c) {
    return 1 if !$settings->{auth_required} || $settings->{auth_required} eq 'false' || $c->session('user');
    $c->flash(wanted => $c->req->url->path->to_string) if !$c->tx->is_websocket;
    $c->redirect_to('/en/omk/login');
    return undef;
});

$private->get('/' => sub ($c) { $c->render('index', title => 'Modules', nodes => \%NODES) });

$private->get('/opCharts/nodes/#node' => sub ($c) {
    my $node = $NODES{ $c->param('node') } or return $c->reply->not_found;
    # As the vendor's page tells: the scheme follows the header that the proxy sets, the port the setting.
    my $scheme = ($c->req->headers->header('X-Forwarded-Proto') // '') eq 'https' ? 'wss' : 'ws';
    $c->render(
        'node',
        title     => $c->param('node'),
        name      => $c->param('node'),
        node      => $node,
        websocket => {
            scheme => $scheme,
            port   => $settings->{websocket_proxy_port} || $port,
            path   => '/en/omk/opCharts/events/log',
        },
    );
});

# A plain GET here is 404, as with the vendor: only a websocket has this route.
$private->websocket('/opCharts/events/log' => sub ($c) {
    my $node = 'core-router1';
    my $send = sub { $c->send(encode_json(event($node))) };
    my $timer = Mojo::IOLoop->recurring(1 => $send);
    $c->inactivity_timeout(0);
    $c->on(
        message => sub ($c, $bytes) {
            my $request = eval { decode_json($bytes) };
            return if ref $request ne 'HASH' || !exists $NODES{ $request->{node} // '' };
            $node = $request->{node};
            $send->();
        }
    );
    $c->on(finish => sub { Mojo::IOLoop->remove($timer) });
    $send->();
});

app->log->info("configuration read from $path, websocket_proxy_port is "
        . ($settings->{websocket_proxy_port} // "not set"));
app->start;
