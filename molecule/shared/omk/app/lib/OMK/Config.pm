# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
package OMK::Config;

# Reads and writes opCommon the way the vendor's own programs do, with their virtues and their flaws.
# Our model is the vendor's open NMIS9: what it accepts, what it dies on, how it locks. See README.md.

use strict;
use warnings;

use Data::Dumper;
use Exporter 'import';
use Fcntl qw(:flock);
use JSON::XS;

our @EXPORT_OK = qw(find_config load_config patch_config read_config write_config);

# find_config($base) -> path of the main configuration file; dies when there is none.
sub find_config {
    my ($base) = @_;
    for my $name (qw(opCommon.json opCommon.nmis)) {
        return "$base/conf/$name" if -e "$base/conf/$name";
    }
    die "no configuration file: neither opCommon.json nor opCommon.nmis in $base/conf\n";
}

# load_config($base) -> (settings, path): the flattened settings, those of conf/conf.d over those of the
# main file. Dies when the main file is unusable; an unusable file in conf.d is only warned about.
sub load_config {
    my ($base) = @_;
    my $path     = find_config($base);
    my $settings = _flatten($path, read_config($path));

    opendir(my $dir, "$base/conf/conf.d") or return ($settings, $path);
    # In the order of the folder, as the vendor does it: between two of them, nobody knows who wins.
    for my $override (map {"$base/conf/conf.d/$_"} grep {/\.(?:json|nmis)$/} readdir $dir) {
        my $more = eval { _flatten($override, _evaluate($override)) };
        if (!defined $more) {
            warn "configuration file $override ignored: $@";
            next;
        }
        $settings->{$_} = $more->{$_} for keys %$more;
    }
    return ($settings, $path);
}

# read_config($path) -> the two-level hash of one main file, read under a shared lock. Dies on what the
# vendor's reader dies on.
sub read_config {
    my ($path) = @_;
    open(my $handle, '<', $path) or die "cannot open configuration file $path: $!\n";
    flock($handle, LOCK_SH)      or die "cannot lock configuration file $path: $!\n";
    my $sections = _evaluate($path);
    my $count    = keys %$sections;
    die "configuration $path does not have enough depth, only $count entries!\n" if $count < 2;
    close($handle);
    return $sections;
}

# write_config($path, $sections): rewrites the same inode under an exclusive lock. Comments and order are
# lost, as they are with the vendor's tools.
sub write_config {
    my ($path, $sections) = @_;
    open(my $handle, '+<', $path) or die "cannot open configuration file $path: $!\n";
    flock($handle, LOCK_EX)       or die "cannot lock configuration file $path: $!\n";
    _rewrite($handle, $path, $sections);
    close($handle) or die "cannot write configuration file $path: $!\n";
    return;
}

# patch_config($path, $section, $name, $value): reads, changes one setting and writes, all under one
# exclusive lock; without $section the setting must exist and the first section that has it is changed.
sub patch_config {
    my ($path, $section, $name, $value) = @_;
    open(my $handle, '+<', $path) or die "cannot open configuration file $path: $!\n";
    flock($handle, LOCK_EX)       or die "cannot lock configuration file $path: $!\n";
    my $sections = _evaluate($path);
    ($section) = grep { exists $sections->{$_}{$name} } sort keys %$sections if !defined $section;
    die "$path has no setting $name\n" if !defined $section;
    $sections->{$section}{$name} = $value;
    _rewrite($handle, $path, $sections);
    close($handle) or die "cannot write configuration file $path: $!\n";
    return;
}

sub _rewrite {
    my ($handle, $path, $sections) = @_;
    my $text =
        $path =~ /\.json$/
        ? JSON::XS->new->utf8->pretty->encode($sections)
        : Data::Dumper->new([$sections], ['*hash'])->Sortkeys(1)->Dump;
    seek($handle, 0, 0);
    truncate($handle, 0);
    print {$handle} $text;
    return;
}

sub _evaluate {
    my ($path) = @_;
    my %sections = $path =~ /\.json$/ ? _json($path) : _perl($path);
    return \%sections;
}

sub _perl {
    my ($path) = @_;
    local $@;
    my @loaded = do $path;
    die "configuration file $path unparseable: $@" if $@;
    # `do` answers with its last statement: with a trailing `1;` that is all that is left of the file.
    return @loaded == 1 ? ($loaded[0] => {}) : @loaded;
}

sub _json {
    my ($path) = @_;
    open(my $handle, '<:raw', $path) or die "cannot open configuration file $path: $!\n";
    my $bytes  = do { local $/; <$handle> };
    my $loaded = eval { JSON::XS->new->utf8->decode($bytes) } // eval { JSON::XS->new->latin1->decode($bytes) };
    die "configuration file $path unparseable: $@" if !defined $loaded;
    die "configuration file $path unparseable: no object at the top\n" if ref $loaded ne 'HASH';
    return %$loaded;
}

# The outer of two levels goes; what is deeper stays as it is. The order of a Perl hash is random, and so
# is the winner of a clash.
sub _flatten {
    my ($path, $sections) = @_;
    my %settings;
    for my $section (keys %$sections) {
        die "configuration file $path unparseable: $section is no section\n" if ref $sections->{$section} ne 'HASH';
        for my $name (keys %{ $sections->{$section} }) {
            warn qq{Config section "$section" contains clashing config entry "$name"!\n}
                if defined $settings{$name};
            $settings{$name} = $sections->{$section}{$name};
        }
    }
    return \%settings;
}

1;
