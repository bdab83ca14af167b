# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of one edit of opCommon, beside real Perl doing what the vendor's editor does, in pairs in one run.

Perl reads the file under the lock, evaluates it (JSON: decodes it), changes the setting, and writes the whole file.
Ours is what the module does between its arguments and its result, with a durable journal, three or more fsync(2) and a
check of what was written; Perl does none of that. Both are timed inside their process, without its start; "disk" is
the part of our time that was spent waiting for fsync(2).

    python tests/benchmarks/opcommon.py [--quick] [--pairs N]
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

COLLECTIONS = pathlib.Path(__file__).resolve().parents[2] / '.collections'
OURS = """
import os, sys, time, json
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
disk, sync = [], os.fsync
def timed(descriptor):
    start = time.perf_counter(); sync(descriptor); disk.append(time.perf_counter() - start)
os.fsync = timed
start, folder = time.perf_counter(), sys.argv[2]
result = files.change(sys.argv[1], 'websocket_proxy_port', 'present', '443', records=folder + '/records')
assert result['changed']
took = time.perf_counter() - start
peak = next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))
print(json.dumps([took, peak, sum(disk)]))
"""
PERL = r"""
use strict; use Fcntl qw(:flock); use Time::HiRes 'time'; use Data::Dumper; use JSON::XS;
$Data::Dumper::Indent = 1; $Data::Dumper::Sortkeys = 1;
my $start = time; my $file = $ARGV[0];
open(my $handle, '+<', $file) or die; flock($handle, LOCK_EX) or die;
my $text = do { local $/; <$handle> };
my $json = $file =~ /json$/;
my %loaded = $json ? %{decode_json($text)} : do { no strict; eval $text }; die $@ if $@;
$loaded{omkd}{websocket_proxy_port} = '443';
seek($handle, 0, 0); truncate($handle, 0);
print $handle $json ? JSON::XS->new->utf8->pretty->canonical->encode(\%loaded)
    : Data::Dumper->Dump([\%loaded], [qw(*hash)]);
close $handle or die;
my $took = time - $start;
open(my $status, '<', '/proc/self/status'); my ($peak) = join('', <$status>) =~ /VmHWM:\s*(\d+)/;
print "[$took, $peak, 0]";
"""


def document(syntax, size):
    """A configuration of about that many bytes."""
    chance = random.Random(1)
    sections, made = [], 0
    while made < size or len(sections) < 2:
        lines = []
        for _number in range(20):
            key = f'setting_{chance.randrange(10**9)}'
            value = f'some value {chance.randrange(10**6)}'
            lines.append(f"    '{key}' => '{value}'" if syntax == 'nmis' else f'      "{key}" : "{value}"')
        name = f'section{len(sections)}' if len(sections) != 1 else 'omkd'
        body = ',\n'.join(lines)
        sections.append(f"  '{name}' => {{\n{body}\n  }}" if syntax == 'nmis' else f'   "{name}" : {{\n{body}\n   }}')
        made += len(sections[-1])
    whole = ',\n'.join(sections)
    return (f'%hash = (\n{whole}\n);\n' if syntax == 'nmis' else f'{{\n{whole}\n}}\n').encode()


def measure(command, path, content, folder):
    path.write_bytes(content)
    environment = dict(os.environ, PYTHONPATH=str(COLLECTIONS))
    done = subprocess.run([*command, path, folder], env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--quick', action='store_true', help='leave out the file of 50 MB')
    parser.add_argument('--pairs', type=int, default=9, help='pairs for the smallest file (bigger ones: fewer)')
    options = parser.parse_args()
    sizes = [
        ('typical, 20 kB', 20_000, options.pairs),
        ('1 MB', 10**6, max(1, options.pairs // 2)),
        ('50 MB', 50 * 10**6, 1),
    ]
    print(f'{"file":20} {"ours":>10} {"of it disk":>10} {"Perl":>10} {"ratio":>6} {"ours":>8} {"Perl":>8}')
    for syntax in ('nmis', 'json'):
        for label, size, pairs in sizes[:2] if options.quick else sizes:
            content = document(syntax, size)
            ours, perls = [], []
            for _pair in range(pairs):
                with tempfile.TemporaryDirectory() as folder:
                    path = pathlib.Path(folder) / f'opCommon.{syntax}'
                    ours.append(measure([sys.executable, '-c', OURS], path, content, folder))
                    perls.append(measure(['perl', '-e', PERL], path, content, folder))
            (took, peak, disk), (perl_took, perl_peak, _none) = (
                [statistics.median(row[column] for row in found) for column in range(3)] for found in (ours, perls)
            )
            print(
                f'{syntax + ", " + label:20} {took * 1000:7.1f} ms {disk * 1000:7.1f} ms {perl_took * 1000:7.1f} ms '
                f'{took / perl_took:6.2f} {peak / 1024:5.0f} MB {perl_peak / 1024:5.0f} MB',
                flush=True,
            )


if __name__ == '__main__':
    main()
