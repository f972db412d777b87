# Every verb is one script under scripts/; this file only names them.
# `make` alone prints the list.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test check fmt fuzz bench bench-check bench-window bench-compare gallery monkey chaos soak dev package changelog setup clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## install what is missing, build, open the app (ARGS="--profile bob" is passed on)
	@scripts/run.sh $(ARGS)

build: ## build hearth, hearth-server and hearth-cli into build/bin
	@scripts/build.sh

test: ## set everything up and pass every test, real processes and the real window included
	@scripts/test.sh $(STAGES)

check: ## the fast inner loop: format, vet, lint, layers, unit tests, race, other systems
	@scripts/check.sh

fmt: ## rewrite the Go files to the house format
	@scripts/fmt.sh

fuzz: ## run every fuzz target for FUZZTIME (default 1m) each; FUZZ=pattern selects
	@scripts/fuzz.sh

bench: ## run every benchmark beside its baseline; BENCH=pattern COUNT=n select
	@scripts/bench.sh

bench-check: ## the budgets of the window as a table; fails where one is missed three times over
	@scripts/bench-check.sh

bench-window: ## start, memory and idle of the real window over a million messages, with the goals
	@scripts/bench-window.sh

bench-compare: ## compare the benchmarks with those of REF (BENCH=pattern, COUNT=10)
	@scripts/bench-compare.sh $(REF)

gallery: ## draw every screen and state of the window as PNG files under build/gallery
	@scripts/gallery.sh

monkey: ## a random user on the real window for TIME=30m; SEED repeats a run
	@scripts/monkey.sh

chaos: ## the fault programme: simulation, kills, bad networks, planted bugs; SEED repeats a run
	@scripts/chaos.sh

soak: ## the same with real processes for DURATION=2h
	@scripts/chaos.sh soak

dev: ## a server with two ready accounts and two clients
	@scripts/dev.sh

package: ## archives, a .deb and checksums under build/package
	@scripts/package.sh

changelog: ## gather changelog/unreleased into CHANGELOG.md as VERSION=x.y.z
	@scripts/changelog.sh $(VERSION)

setup: ## install everything that tests and builds need, and nothing else
	@scripts/setup.sh build keyring window

clean: ## remove build output (module and compiler caches stay)
	@rm -rf build .dev
