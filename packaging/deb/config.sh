#!/usr/bin/env bash
# Prints the packaged /etc/phoebed/config.toml: the default file with what a system service has
# otherwise. A line that is not found stops the build, so none of it is lost unseen.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/../setup/lib.sh"

config=$(<"$ROOT/common/config.toml")

# put SECTION OLD-LINE NEW-LINE: in that section, which has the line once.
put() {
    local before=${config%%"[$1]"*} section
    section=${config#"$before"}
    local changed=${section/$'\n'"$2"$'\n'/$'\n'"$3"$'\n'}
    [ "$changed" != "$section" ] || fail "common/config.toml has no line '$2' after [$1]"
    config=$before$changed
}

put auth 'min_password_length = 1' 'min_password_length = 8'
put database 'path = "data/sessions.db"' 'path = "/var/lib/phoebed/sessions.db"'
put admin 'group = ""' 'group = "phoebe-admin"'
put state '#directory = "/var/lib/phoebed"' 'directory = "/var/lib/phoebed"'
put engine '#python = "/var/lib/phoebed/venv/bin/python"' \
    'python = "/var/lib/phoebed/venv/bin/python"'
put sandbox 'mode = "best-effort"' 'mode = "enforce"'
put sandbox 'user = ""' 'user = "phoebed-worker"'
printf '%s\n' "$config"
