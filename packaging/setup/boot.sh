#!/usr/bin/env bash
# Runs the boot test, tests/boot, as root: it makes a Debian root, and boots it in a container.
# Arguments go to pytest. The wheels of the engine are fetched once, into target/boot.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$ROOT"

requirements=packaging/engine/requirements.txt
wheels=target/boot/wheels
wanted=$(sha256sum <"$requirements")
if [ "$(cat "$wheels/.of" 2>/dev/null)" != "$wanted" ]; then
    say "wheels of $requirements"
    rm -rf "$wheels"
    mkdir -p "$wheels"
    .venv/bin/python -m pip download --quiet --disable-pip-version-check --only-binary=:all: \
        --no-deps -r "$requirements" -d "$wheels"
    chmod -R a+rX "$wheels"
    echo "$wanted" >"$wheels/.of"
fi

prefix=$(root_prefix) || fail "the boot test needs root: it makes and boots a container" \
    "sudo make test-systemd"
# sudo drops the environment. The prefix is words: it is meant to be split.
# shellcheck disable=SC2086
exec $prefix env PATH="$PATH" PHOEBED_BIN="$PHOEBED_BIN" PYTHONPATH=tests/boot \
    .venv/bin/python -B -m pytest -p no:cacheprovider -p phoebed_boot.fixtures tests/boot "$@"
