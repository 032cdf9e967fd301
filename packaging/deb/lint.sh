#!/usr/bin/env bash
# Has lintian judge the package that was built last; errors and warnings fail.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/../setup/lib.sh"

package=$(find "$ROOT/target/deb" -maxdepth 1 -name '*.deb' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-)
[ -n "$package" ] || fail "there is no package in target/deb" "make deb"
# As root it only grumbles that it is.
lintian --allow-root --fail-on error,warning "$package"
