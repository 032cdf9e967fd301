#!/usr/bin/env bash
# Installs the Debian packages named as arguments that are missing. Asks apt only when some are.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/lib.sh"

command -v dpkg-query >/dev/null ||
    fail "this set-up knows Debian and its relatives only; install by hand: $*"

missing=()
for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

prefix=$(root_prefix) || fail \
    "Debian packages are missing and this user may not install them: ${missing[*]}" \
    "sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}"

say "Debian packages: ${missing[*]}"
# apt-get's own chatter is left out, its errors are not. sudo drops the environment, so env sets
# the frontend behind it. The prefix is words: it is meant to be split.
# shellcheck disable=SC2086
{
    $prefix env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    $prefix env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        -o Dpkg::Use-Pty=0 --no-install-recommends "${missing[@]}"
} >/dev/null
