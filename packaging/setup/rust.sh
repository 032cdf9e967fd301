#!/usr/bin/env bash
# Checks that there is a Rust toolchain; with the argument `nextest` also installs the test runner.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/lib.sh"

# Known to build with the rust-version of Cargo.toml; newer ones may ask for a newer toolchain.
NEXTEST_VERSION=0.9.143

command -v cargo >/dev/null || fail \
    "no Rust toolchain: there is no cargo on PATH or in ~/.cargo/bin" \
    "rustup toolchain install stable   (rustup itself: https://rustup.rs)"

if [ "${1:-}" = nextest ] && ! cargo nextest --version >/dev/null 2>&1; then
    say "cargo-nextest $NEXTEST_VERSION (some minutes, once)"
    cargo install cargo-nextest --version "$NEXTEST_VERSION" --locked
fi
