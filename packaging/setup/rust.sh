#!/usr/bin/env bash
# Checks that there is a Rust toolchain, and installs the tools named as arguments:
#   nextest   the test runner      bolero   what guides `make fuzz` by coverage
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/lib.sh"

# Known to build with the rust-version of Cargo.toml; newer ones may ask for a newer toolchain.
NEXTEST_VERSION=0.9.143
BOLERO_VERSION=0.13.5

command -v cargo >/dev/null || fail \
    "no Rust toolchain: there is no cargo on PATH or in ~/.cargo/bin" \
    "rustup toolchain install stable   (rustup itself: https://rustup.rs)"

# install CRATE VERSION [OPTION...]
install() {
    say "$1 $2 (some minutes, once)"
    cargo install "$1" --version "$2" --locked "${@:3}"
}

for tool in "$@"; do
    case $tool in
    nextest) cargo nextest --version >/dev/null 2>&1 || install cargo-nextest "$NEXTEST_VERSION" ;;
    bolero)
        cargo bolero --version >/dev/null 2>&1 ||
            install cargo-bolero "$BOLERO_VERSION" --no-default-features --features libfuzzer
        ;;
    *) fail "no such tool: $tool" ;;
    esac
done
