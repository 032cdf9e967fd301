#!/usr/bin/env bash
# Runs each fuzz target of tests/fuzz, or those named as arguments, for FUZZ_SECONDS under
# libFuzzer on the stable compiler. What reaches new code is kept in target/fuzz/corpus for the
# next time. An input that fails is put in tests/fuzz/targets/__fuzz__/<target>/crashes, from where
# `make test` runs it too; once mended, it belongs in the corpus beside it, under a telling name.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

seconds=${FUZZ_SECONDS:-60}
if [ $# -eq 0 ]; then set -- body config control frames; fi

failed=()
for target in "$@"; do
    say "fuzz target $target, $seconds s"
    grown=target/fuzz/corpus/$target
    crashes=tests/fuzz/targets/__fuzz__/$target/crashes
    mkdir -p "$grown"
    # The allocator check of sanitizers wants a nightly compiler; the daemon has little unsafe code.
    cargo bolero test "$target" --package phoebed-fuzz --engine libfuzzer \
        --sanitizer NONE --rustc-bootstrap --target-dir target/fuzz/build \
        -T "${seconds}s" --corpus-dir "$grown" --crashes-dir "$crashes" \
        --engine-args="tests/fuzz/targets/__fuzz__/$target/corpus" || failed+=("$target")
    [ ! -d "$crashes" ] || rmdir --ignore-fail-on-non-empty "$crashes"
done

[ ${#failed[@]} -eq 0 ] || fail "failed: ${failed[*]}" "cargo test --package phoebed-fuzz"
