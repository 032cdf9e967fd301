#!/usr/bin/env bash
# Makes .venv from Debian's Python and installs the pinned requirement files named as arguments.
# A stamp with the hash of each file tells a later run that there is nothing to do.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/lib.sh"

# Debian's own: the sandbox and the package know its place, an interpreter of pyenv moves.
PYTHON=/usr/bin/python3
VENV=$ROOT/.venv

# The virtual environment is made anew when it is absent, or broken by a move or a new Python.
if ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
    say "Python environment .venv"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$PYTHON is $("$PYTHON" -V), the engine needs 3.11 or newer (Debian 12 has it)"
    "$PYTHON" -m venv --clear "$VENV"
fi

for file in "$@"; do
    stamp=$VENV/.installed-$(basename "$file" .txt)
    wanted=$(sha256sum <"$ROOT/$file")
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        say "Python packages of $file"
        "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check -r "$ROOT/$file"
        "$VENV/bin/python" -m pip check >/dev/null ||
            fail "the packages of $file contradict each other" "$VENV/bin/python -m pip check"
        echo "$wanted" >"$stamp"
    fi
done
