# The commands to know. Each does its own set-up on a Debian machine with a Rust toolchain;
# the second time that takes a moment. What it cannot install it names. See packaging/setup/.

SETUP  := packaging/setup/setup.sh
STEP   := packaging/setup/step.sh
PYTHON := .venv/bin/python

# rustup puts cargo here; a shell that is not a login shell may not know.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
# The end-to-end tests run these, the very programs that are shipped.
export PHOEBED_BIN   := $(CURDIR)/target/release/phoebed
export PHOEBECTL_BIN := $(CURDIR)/target/release/phoebectl

.DEFAULT_GOAL := help
.PHONY: help demo run build deb test test-systemd soak fuzz check bench set-up clean

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: build ## a real eclipsing binary, computed over HTTP, as a plot and a picture
	@$(PYTHON) -B tests/demo

run: build ## a daemon in the foreground (HOST=127.0.0.1 PORT=8001), its files in .run/
	@packaging/setup/run.sh

build: ## set-up and target/release/{phoebed,phoebectl}
	@$(SETUP) build
	@$(STEP) 'build' cargo build --release --locked --package phoebed --package phoebectl

deb: build ## the Debian package, in target/deb/, judged by lintian
	@$(SETUP) deb
	@$(STEP) 'package' packaging/deb/build.sh
	@$(STEP) 'lintian' packaging/deb/lint.sh

test: ## set-up and every test: Rust, the real binaries with the real engine, Python
	@$(SETUP) test
	@$(STEP) 'build' cargo build --release --locked --package phoebed --package phoebectl
	@$(STEP) 'tests in Rust' cargo nextest run --workspace --exclude phoebed-tests --locked
	@$(STEP) 'end-to-end tests' cargo nextest run --package phoebed-tests --locked
	@$(STEP) 'tests in Python' $(PYTHON) -m pytest

test-systemd: deb ## the package on a real systemd: installed, booted, used, broken, upgraded, purged
	@$(SETUP) boot
	@$(STEP) 'boot test' packaging/setup/boot.sh $(BOOT)

soak: ## 1 000 sessions at once, rounds of hundreds that may leave nothing, 1 000 kills: an hour, 7 GiB
	@$(SETUP) test
	@$(STEP) 'build' cargo build --release --locked --package phoebed --package phoebectl
	@PHOEBED_SOAK=1 $(STEP) 'soak' cargo nextest run --profile soak --package phoebed-tests \
		--test many --test crash --locked

fuzz: ## inputs that reach new code, for what reads bytes from outside (FUZZ_SECONDS=60 each)
	@$(SETUP) fuzz
	@packaging/setup/fuzz.sh

check: ## formatting, lints, types and documentation, with warnings denied
	@$(SETUP) check
	@$(STEP) 'cargo fmt' cargo fmt --all --check
	@$(STEP) 'clippy' cargo clippy --workspace --all-targets --locked -- -D warnings
	@RUSTDOCFLAGS='-D warnings' $(STEP) 'docs' cargo doc --no-deps --workspace --locked --quiet
	@$(STEP) 'ruff' $(PYTHON) -m ruff check
	@$(STEP) 'ruff format' $(PYTHON) -m ruff format --check
	@$(STEP) 'mypy' $(PYTHON) -m mypy
	@$(STEP) 'shellcheck' shellcheck -x packaging/*/*.sh packaging/deb/p*[mt] .ci/run
	@$(STEP) 'hadolint' .venv/bin/hadolint packaging/container/Containerfile

bench: set-up build ## speed and memory beside their raw limits (BENCH=--help: what can be chosen)
	@$(STEP) 'bench' cargo run --release --locked --quiet --package phoebed-bench -- $(BENCH)

set-up: ## only the set-up for build, test and check
	@$(SETUP) test

clean: ## removes what was built; .run/ stays, it holds the data of `make run`
	cargo clean
	rm -rf .venv .demo .mypy_cache .pytest_cache .ruff_cache
