# What one does with this repository. `make` alone lists it.
# Everything here works from a fresh clone; what is not installed is installed, or said aloud.

CARGO ?= cargo
PYTEST = .e2e/venv/bin/pytest
FUZZ_SECS ?= 300

.DEFAULT_GOAL := help
.PHONY: help run build test test-rust e2e lint tidy deny bench cluster fuzz

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: ## build the release program and serve (a new machine gets a demo project)
	$(CARGO) run --release --package burgee-server --bin burgee -- serve

build: ## build the release program
	$(CARGO) build --release --package burgee-server

test: test-rust e2e ## every test: Rust, the real SDKs, the differential run

test-rust:
	e2e/install.sh servers
	$(CARGO) test --workspace
	@echo "The HTTP suite once more, on PostgreSQL and Redis instead of SQLite"
	BURGEE_TEST_STORES=postgres+redis $(CARGO) test --workspace --test http -- --test-threads=4

e2e: build ## the official SDKs, the differential run and a cluster, against the release program
	$(CARGO) build --release --package burgee-cluster
	e2e/install.sh
	cd e2e && E2E_BINARY=../target/release/burgee ../$(PYTEST)

lint: tidy deny ## format, clippy, tidy, licences
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings

tidy:
	$(CARGO) xtask tidy

deny:
	@if $(CARGO) deny --version >/dev/null 2>&1; then \
		$(CARGO) deny --log-level error check bans licenses sources; \
	else \
		echo "SKIPPED: licences and bans of deny.toml (cargo-deny is not installed: cargo install cargo-deny)"; \
	fi

bench: build ## ns per flag, then the whole server beside its yardstick, then a cluster
	$(CARGO) bench --workspace --bench '*'
	benches/server/run.sh
	$(MAKE) cluster

cluster: build ## five nodes on PostgreSQL and Redis: how soon a change is everywhere, and what breaking things does
	$(CARGO) build --release --package burgee-cluster
	target/release/burgee-cluster

fuzz: ## each fuzz target for FUZZ_SECS seconds (needs cargo-fuzz and a nightly toolchain)
	for target in $$(cd fuzz && $(CARGO) fuzz list); do \
		(cd fuzz && $(CARGO) +nightly fuzz run $$target -- -max_total_time=$(FUZZ_SECS)) || exit 1; \
	done
