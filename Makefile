# The project's commands. Each brings what it needs; only `make`, git and python3 have to be there.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup quick demo demo-down test test-all lint unit sanity scenarios import matrix docs bench mutants build lock \
  release-check publish clean

help: ## show these commands
	@sed -n 's/^\([a-z -]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

setup: ## install what is missing (Debian packages by name, a virtual environment in .venv)
	@dev/setup test

demo: ## a disposable OMK server: see it yellow, turn it green, see that a second run changes nothing
	@dev/demo up

demo-down: ## remove the disposable server of `make demo`
	@dev/demo down

quick: ## half a minute, as any user: fast linters and the unit tests
	@dev/test quick

test: ## minutes: what proves the product, on real Apache, systemd, Perl and Chromium in containers
	@dev/test test

test-all: ## exhaustive: every case, oldest to newest versions, the docs with their commands, killed rollouts
	@dev/test all

lint unit sanity scenarios import: ## one part of these
	@dev/test $@

matrix: ## on the oldest and newest ansible-core, one between, and every Python here (MATRIX='sanity units' needs no root; CORES='2.17 2.20')
	@dev/setup quick
	@CORES='$(CORES)' dev/matrix $(MATRIX)

docs: ## the documentation site, in artifacts/docs
	@dev/setup test
	@dev/docs

bench: ## what a fleet costs, beside a ping and beside a hand-written playbook (BENCH='--hosts 5 --repeats 1')
	@dev/bench $(BENCH)

mutants: ## which small changes of the pure packages no unit test notices (an hour)
	@dev/setup
	@dev/mutants

build: ## the collection as a tarball; where Ansible is installed, `ansible-galaxy collection build` is enough
	@dev/setup quick
	@. dev/env.sh && ansible-galaxy collection build --force

lock: ## the newest development tools that the requirements allow, with checksums
	@dev/setup quick
	@dev/lock

release-check: ## may this commit be released?
	@dev/release check

publish: ## upload a release to Galaxy (GALAXY_TOKEN=...)
	@dev/setup quick
	@dev/release publish

clean: ## remove containers, images and files that the project made
	@dev/clean
