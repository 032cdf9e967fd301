# shellcheck shell=bash
# Shared by the set-up scripts: where things are, how to speak, how to become root.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export ROOT
# rustup puts cargo here; a shell that is not a login shell (CI, cron) may not know.
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

say() { printf '==> %s\n' "$*"; }

# fail MESSAGE [COMMAND TO RUN]
fail() {
    printf 'error: %s\n' "$1" >&2
    if [ $# -gt 1 ]; then printf 'hint: run   %s\n' "$2" >&2; fi
    exit 1
}

# Prints the words that make the next command root's; fails where that needs a password.
root_prefix() {
    if [ "$(id -u)" -eq 0 ]; then return 0; fi
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo "sudo -n"
        return 0
    fi
    return 1
}
