#!/usr/bin/perl
# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Stand-in for the vendor's configuration editor: changes one setting, loses comments and order.
#
#   patch_config.pl FILE /section/name=value    (or name=value, when the setting exists)

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";

use OMK::Config qw(patch_config);

my ($path, $change) = @ARGV;
my ($section, $name, $value) = ($change // '') =~ m{^(?:/([^/=]+)/)?([^/=]+)=(.*)$}s
    or die "usage: $0 FILE /section/name=value\n";
patch_config($path, $section, $name, $value);
