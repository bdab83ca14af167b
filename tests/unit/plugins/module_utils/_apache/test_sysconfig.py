# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import subprocess

import pytest
from ansible_collections.opmantek.omk.plugins.module_utils._apache import sysconfig
from ansible_collections.opmantek.omk.plugins.module_utils._problem import Problem
from hypothesis import given
from hypothesis import strategies as st

STOCK = """## Path:\tNetwork/WWW/Apache2
## Type:\tlist(\tactions,alias)
# mod_access_compat, see APACHE_MODULES="..." in the manual
#APACHE_MODULES="nothing"
APACHE_CONF_INCLUDE_FILES=""
APACHE_MODULES="actions alias auth_basic dir ssl socache_shmcb"
APACHE_SERVER_FLAGS=""
"""


def by_a_shell(text):
    """The words that a shell finds in the variable, which is how start_apache2 reads the file."""
    script = text + '\nprintf "%s" "$APACHE_MODULES"'
    words = subprocess.check_output(['bash', '-c', script]).decode().split()
    return [word[len('mod_') :] if word.startswith('mod_') else word for word in words]


FORMS = {
    'stock': STOCK,
    'empty': 'APACHE_MODULES=""\n',
    'single quotes': "APACHE_MODULES='alias ssl'\n",
    'indented and exported': '  export APACHE_MODULES="alias"\n',
    'continued': 'APACHE_MODULES="alias \\\n  dir \\\n\tssl"\n',
    'several lines': 'APACHE_MODULES="alias\ndir"\n',
    'comment behind': 'APACHE_MODULES="alias ssl" # ours\n',
    'later assignment wins': 'APACHE_MODULES="alias"\nAPACHE_MODULES="dir"\n',
    'added to': 'APACHE_MODULES="alias"\nAPACHE_MODULES+=" python wsgi"\n',
    'added to nothing': 'APACHE_MODULES+=" python"\n',
    'bare word first': 'APACHE_MODULES=alias\nAPACHE_MODULES="dir"\n',
    'with prefix': 'APACHE_MODULES="mod_alias mod_ssl"\n',
    'crowded': 'APACHE_MODULES="  alias   ssl  "\n',
    'no final newline': 'APACHE_MODULES="alias"',
    'latin-1': '# Caf\xe9\nAPACHE_MODULES="alias"\n',
}
NEW = ['proxy', 'proxy_http', 'ssl']


@pytest.mark.parametrize('form', FORMS)
def test_read_as_a_shell_reads_it(form):
    assert sysconfig.modules(FORMS[form]) == by_a_shell(FORMS[form])


@pytest.mark.parametrize('form', FORMS)
def test_added_modules_are_seen_by_a_shell_and_leave_no_trace(form):
    before = sysconfig.modules(FORMS[form])
    text = sysconfig.with_modules(FORMS[form], NEW)
    added = [name for name in NEW if name not in before]
    assert sorted(by_a_shell(text)) == sorted(before + added)
    assert sysconfig.with_modules(text, NEW) == text
    for name in added:
        text = sysconfig.without_module(text, name)
    assert text == FORMS[form]


def test_only_the_whole_word_goes():
    text = 'APACHE_MODULES="proxy_http proxy mod_proxy_wstunnel proxy"\n'
    assert sysconfig.without_module(text, 'proxy') == 'APACHE_MODULES="proxy_http mod_proxy_wstunnel"\n'
    assert sysconfig.without_module('APACHE_MODULES="proxy dir"\n', 'proxy') == 'APACHE_MODULES=" dir"\n'
    assert sysconfig.without_module('APACHE_MODULES="mod_dir mod_ssl"\n', 'ssl') == 'APACHE_MODULES="mod_dir"\n'


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('A=1\nAPACHE_MODULES=$(cat /list)\n', 2),
        ('\nAPACHE_MODULES=$(cat /list)\n', 2),
        ('APACHE_MODULES="alias"\nAPACHE_MODULES="$APACHE_MODULES ssl"\n', 2),
        ('APACHE_MODULES="`list`"\n', 1),
        ('APACHE_MODULES="alias\n', 1),
        ('APACHE_MODULES="alias"$MORE\n', 1),
    ],
)
def test_what_only_a_shell_can_read_is_refused(text, line):
    with pytest.raises(Problem) as refused:
        sysconfig.modules(text)
    assert str(refused.value) == (
        f'line {line}: this assignment of APACHE_MODULES is not one that can be read without a shell; '
        'write the modules between double quotes: APACHE_MODULES="…".'
    )


@pytest.mark.parametrize('text', ['', 'APACHE_SERVER_FLAGS="SSL"\n', 'APACHE_MODULES=alias\n'])
def test_a_list_has_to_be_there(text):
    with pytest.raises(Problem) as refused:
        sysconfig.with_modules(text, NEW)
    assert str(refused.value) == 'no line APACHE_MODULES="…" stands here; write one, as the package brings it.'


WORD = st.sampled_from(['alias', 'dir', 'ssl', 'proxy', 'proxy_http', 'headers'])


@given(
    listed=st.lists(WORD, max_size=5),
    names=st.lists(WORD, max_size=4, unique=True),
    blank=st.sampled_from([' ', '  ', '\t']),
)
def test_round_trip(listed, names, blank):
    text = f'X="y"\nAPACHE_MODULES="{blank.join(listed)}"\nZ=\'\'\n'
    changed = sysconfig.with_modules(text, names)
    assert set(sysconfig.modules(changed)) == set(listed) | set(names)
    for name in set(names) - set(listed):
        changed = sysconfig.without_module(changed, name)
    assert changed == text
