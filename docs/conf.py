# Copyright (c) 2026, The opmantek.omk developers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site; dev/docs runs it on a copy of this folder, with the reference and three more pages."""

import pathlib
import re

import yaml

HERE = pathlib.Path(__file__).parent
CHECKOUT = next(folder for folder in HERE.parents if (folder / 'galaxy.yml').exists())
GALAXY = yaml.safe_load((CHECKOUT / 'galaxy.yml').read_text())
SOURCE = GALAXY['repository'] + '/blob/main/'

# The order of the pages. One that is not named here comes at the end of the last group but one.
GROUPS = {
    'Use': ['quickstart', 'how-it-works', 'what-changes', 'rollout', 'recipes', 'scale', 'undo', 'awx', 'roles'],
    'Look up': ['reasons', 'supported', 'apache', 'file-formats', 'locking', 'security-notes', 'limits'],
    'Reference': ['Modules, roles and callback <reference/index>'],
    'Take part': ['architecture', 'CONTRIBUTING', 'SECURITY', 'CHANGELOG'],
}

project = 'opmantek.omk'
author = GALAXY['authors'][0]
copyright = '2026, ' + author
version = release = GALAXY['version']

extensions = ['myst_parser', 'sphinx_antsibull_ext']
source_suffix = {'.rst': 'restructuredtext', '.md': 'markdown'}
root_doc = 'index'
exclude_patterns = ['conf.py', 'docsite']  # docsite is for Ansible's own site
# Chapters of Ansible's own documentation, to which the reference points; this site does not hold them.
nitpick_ignore = [
    ('std:ref', 'action_plugins'),
    ('std:ref', 'ansible_configuration_settings'),
    ('std:ref', 'callback_plugins'),
    ('std:ref', 'common_return_values'),
]
myst_heading_anchors = 3
myst_enable_extensions = ['attrs_inline']
highlight_language = 'yaml+jinja'

html_theme = 'furo'
html_title = f'opmantek.omk {release}'
html_static_path = ['static']
html_css_files = ['site.css']
html_copy_source = False
html_show_sphinx = False


def _contents():
    """The tables of contents of all groups, as Markdown."""
    pages = {path.stem for path in HERE.glob('*.*') if path.suffix in source_suffix} - {root_doc}
    groups = {title: [page for page in names if page in pages or '/' in page] for title, names in GROUPS.items()}
    named = {page for names in groups.values() for page in names}
    groups['Look up'] += sorted(pages - named)
    return '\n'.join(
        f'```{{toctree}}\n:hidden:\n:caption: {title}\n\n' + '\n'.join(names) + '\n```\n'
        for title, names in groups.items()
    )


def _adapt(app, page, content):
    """Make links that are right in the checkout right on the site (to other files, they lead to the repository)."""
    text = content[0].replace('](docs/', '](')
    text = re.sub(rf'\]\((?:\.\./|{re.escape(SOURCE)})((?:CONTRIBUTING|SECURITY)\.md|CHANGELOG\.rst)', r'](\1', text)
    text = re.sub(r'\]\(\.\./', f']({SOURCE}', text)
    # Furo shows a page's contents itself, and the names in its margin are long enough without the collection's.
    text = re.sub(r'^\.\. contents::.*\n(?: +:.*\n)*', '', text, flags=re.MULTILINE)
    text = re.sub(r'^opmantek\.omk\.(\w+ (?:module|role|callback) -- )', r'\1', text, flags=re.MULTILINE)
    text = re.sub(r'^Opmantek\.Omk$', 'Reference', text, flags=re.MULTILINE)
    content[0] = text + ('\n' + _contents() if page == root_doc else '')


def setup(app):
    app.connect('source-read', _adapt)
    return {'parallel_read_safe': True}
