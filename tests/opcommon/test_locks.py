# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our run against real Perl processes that lock as the vendor's tools do: no update lost, nothing torn."""

import contextlib
import subprocess
import threading
import time

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._files.locked import Locked
from ansible_collections.opmantek.omk.plugins.module_utils._opcommon_host import files
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem

ROUNDS = 300
START = (
    b"%hash = (\n  'theirs' => {\n    'count' => 0,\n    'filler' => '" + b'x' * 9000 + b"',\n  },\n"
    b"  'omkd' => {\n    'other' => '1',\n  },\n);\n"
)

# Reads and writes under one exclusive lock and rewrites the same inode, as the vendor's writer with a handle does.
WRITER = r"""
use strict; use Fcntl qw(:flock); use Data::Dumper; $Data::Dumper::Sortkeys = 1;
my ($file, $rounds) = @ARGV; our %hash;
for (1 .. $rounds) {
    open(my $handle, '+<', $file) or die "open: $!";
    flock($handle, LOCK_EX) or die "lock: $!";
    my $text = do { local $/; <$handle> };
    my %loaded = do { no strict; eval $text }; die "torn: $@" if $@ or !$loaded{theirs};
    $loaded{theirs}{count}++;
    seek($handle, 0, 0); truncate($handle, 0);
    print $handle Data::Dumper->Dump([\%loaded], [qw(*hash)]);
    close $handle or die;
    select undef, undef, undef, 0.012;
}
"""
# Writes another file under the lock and renames it, as the vendor's newest writer does.
RENAMER = (
    WRITER.replace('seek($handle, 0, 0); truncate($handle, 0);', r'open(my $new, ">", "$file.tmp.$$") or die;')
    .replace('print $handle', 'print $new')
    .replace('close $handle or die;', 'close $new or die; rename("$file.tmp.$$", $file) or die; close $handle;')
    .replace(
        'flock($handle, LOCK_EX) or die "lock: $!";',
        r"""flock($handle, LOCK_EX) or die "lock: $!";
    if ((stat $handle)[1] != (stat $file)[1]) { redo }""",
    )
)
READER = r"""
use strict; use Fcntl qw(:flock);
my ($file, $stop) = @ARGV; my $reads = 0;
until (-e $stop) {
    open(my $handle, '<', $file) or die "open: $!";
    flock($handle, LOCK_SH) or die "lock: $!";
    my $text = do { local $/; <$handle> }; close $handle;
    my %loaded = do { no strict; eval $text };
    die "torn: $@" if $@ or !$loaded{theirs} or !defined $loaded{omkd}{other};
    $reads++;
}
print $reads;
"""
HOLDER = r"""
use Fcntl qw(:flock); $| = 1;
open(my $handle, '+<', $ARGV[0]) or die; flock($handle, $ARGV[1]) or die; print "held\n"; <STDIN>;
"""


def ours(path, folder, value, **more):
    return files.change(
        str(path),
        '/omkd/websocket_proxy_port',
        'present',
        str(value),
        records=str(folder / 'records'),
        **dict({'timeout': 60}, **more),
    )


def loaded(perl, path):
    return perl.load(path.read_bytes(), 'nmis')


@pytest.fixture
def path(tmp_path):
    file = tmp_path / 'opCommon.nmis'
    file.write_bytes(START)
    return file


@pytest.mark.parametrize('program', [WRITER, RENAMER], ids=['in place', 'by renaming'])
def test_no_update_is_lost_and_no_read_is_torn(perl, tmp_path, path, program, record_property):
    reader = subprocess.Popen(
        ['perl', '-e', READER, path, tmp_path / 'stop'], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    writer = subprocess.Popen(['perl', '-e', program, path, str(ROUNDS)], stderr=subprocess.PIPE)
    for value in range(1, ROUNDS + 1):
        ours(path, tmp_path, value)
    assert writer.wait() == 0, writer.stderr.read()
    (tmp_path / 'stop').touch()
    reads, errors = reader.communicate()
    assert (reader.returncode, errors) == (0, b'')
    assert int(reads) > 0
    record_property('rounds against a Perl writer', ROUNDS)
    record_property('reads by Perl meanwhile', int(reads))
    found = loaded(perl, path)
    assert found['theirs']['count'] == str(ROUNDS)
    assert found['omkd']['websocket_proxy_port'] == str(ROUNDS)
    assert sorted(file.name for file in tmp_path.iterdir()) == ['opCommon.nmis', 'records', 'stop']


@contextlib.contextmanager
def holder(path, mode):
    process = subprocess.Popen(['perl', '-e', HOLDER, path, str(mode)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b'held\n'
    yield process
    process.communicate(b'\n')


@pytest.mark.parametrize('mode', [1, 2], ids=['a reader', 'a writer'])
def test_who_holds_the_lock_is_waited_for_and_no_longer_than_asked(tmp_path, path, mode):
    with holder(path, mode):
        before = path.read_bytes()
        with pytest.raises(Problem, match='locked for 0.2 seconds'):
            ours(path, tmp_path, 443, timeout=0.2)
        assert path.read_bytes() == before
    assert ours(path, tmp_path, 443)['changed']


def test_a_reader_does_not_keep_our_reading_out(path):
    with holder(path, 1):
        assert files.read_setting(str(path), 'other', timeout=0.2)['value'] == '1'
    with holder(path, 2), pytest.raises(Problem, match='locked'):
        files.read_setting(str(path), 'other', timeout=0.2)


@pytest.mark.parametrize('program', [WRITER, RENAMER], ids=['in place', 'by renaming'])
def test_they_wait_for_us(perl, path, program):
    with Locked(str(path), write=True, exclusive=True) as held:
        writer = subprocess.Popen(['perl', '-e', program, path, '1'])
        time.sleep(0.3)
        assert writer.poll() is None
        held.rewrite(START.replace(b"'1'", b"'2'"))
    assert writer.wait() == 0
    found = loaded(perl, path)
    assert (found['theirs']['count'], found['omkd']['other']) == ('1', '2')


def test_a_file_renamed_over_ours_while_we_wait_is_the_one_we_change(perl, tmp_path, path):
    with holder(path, 2) as process:
        waiting = threading.Thread(target=ours, args=(path, tmp_path, 443))
        waiting.start()
        time.sleep(0.3)
        fresh = tmp_path / 'fresh'
        fresh.write_bytes(START.replace(b"'1'", b"'new'"))
        fresh.rename(path)
        assert process.poll() is None
    waiting.join()
    assert loaded(perl, path)['omkd'] == {'other': 'new', 'websocket_proxy_port': '443'}
