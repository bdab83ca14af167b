# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Perl, kept running, that tells what it makes of a file (for the tests of opCommon)."""

import json
import struct
import subprocess

_PROGRAM = r"""
use strict; use warnings; no warnings 'misc';
my ($codec, $decode);
if (eval { require JSON::XS; 1 }) {
    $codec = JSON::XS->new->canonical->ascii->allow_nonref; $decode = \&JSON::XS::decode_json;
} else {
    require JSON::PP; $codec = JSON::PP->new->canonical->ascii->allow_nonref; $decode = \&JSON::PP::decode_json;
}
sub walk {
    my ($value) = @_;
    return undef unless defined $value;
    return { map { ($_ => walk($value->{$_})) } keys %$value } if ref $value eq 'HASH';
    return [ map { walk($_) } @$value ] if ref $value eq 'ARRAY';
    return "$value";
}
sub load_perl {
    my ($data) = @_;
    no strict 'vars';
    local $SIG{__WARN__} = sub { };
    my %loaded = eval $data;
    die $@ if $@;
    return \%loaded;
}
sub load_json {
    my ($data) = @_;
    my $loaded = eval { $decode->($data) };
    $loaded = (ref $codec)->new->latin1(1)->decode($data) if $@;
    die "not a hash\n" unless ref $loaded eq 'HASH';
    return $loaded;
}
binmode STDIN; binmode STDOUT; $| = 1;
while (read(STDIN, my $head, 9) == 9) {
    my ($format, $length, $change_length) = unpack 'CNN', $head;
    my $data = ''; read(STDIN, $data, $length) == $length or exit 1 if $length;
    my $change = ''; read(STDIN, $change, $change_length) == $change_length or exit 1 if $change_length;
    my $answer = eval {
        my $loaded = $format ? load_json($data) : load_perl($data);
        if ($change_length) {
            my $order = $codec->decode($change);
            my ($section, $name) = @{$order}{'section', 'name'};
            delete $loaded->{$section}{$name};
            $loaded->{$section}{$name} = $order->{value} unless $order->{absent};
        }
        $codec->encode({ data => walk($loaded) });
    };
    $answer = $codec->encode({ error => "$@" }) unless defined $answer;
    print pack('N', length $answer), $answer;
}
"""


class Perl:
    """One Perl process; use it in a ``with`` block."""

    def __enter__(self):
        self._process = subprocess.Popen(['perl', '-e', _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_unused):
        self._process.stdin.close()
        self._process.wait()

    def load(self, data, syntax, **change):
        """What Perl reads from a file, every plain value as Perl prints it.

        Args:
            data (bytes): the file.
            syntax (str): 'nmis' (evaluated) or 'json' (the vendor's way to decode).
            change (str): section, name and value, or section, name and absent=True, that Perl is to change first.

        Returns:
            dict or None: None when Perl cannot load it.
        """
        encoding = _encoding(data)
        if syntax == 'nmis':
            change = {
                key: value.encode(encoding).decode('latin-1') if isinstance(value, str) else value
                for key, value in change.items()
            }
        order = json.dumps(change).encode() if change else b''
        self._process.stdin.write(struct.pack('>BII', syntax == 'json', len(data), len(order)) + data + order)
        self._process.stdin.flush()
        (length,) = struct.unpack('>I', self._process.stdout.read(4))
        loaded = json.loads(self._process.stdout.read(length)).get('data')
        return _as_text(loaded, encoding) if syntax == 'nmis' else loaded


def _encoding(data):
    try:
        data.decode('utf-8')
    except UnicodeDecodeError:
        return 'latin-1'
    return 'utf-8'


def _as_text(loaded, encoding):
    """Perl takes the bytes of a file for characters: turned back."""
    if isinstance(loaded, dict):
        return {_as_text(key, encoding): _as_text(value, encoding) for key, value in loaded.items()}
    if isinstance(loaded, list):
        return [_as_text(value, encoding) for value in loaded]
    if not isinstance(loaded, str) or max(loaded, default='') > '\xff':
        return loaded
    try:
        return loaded.encode('latin-1').decode('utf-8')
    except UnicodeDecodeError:
        return loaded
