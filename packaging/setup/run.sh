#!/usr/bin/env bash
# Serves in the foreground with everything in .run/ of the checkout. The config file there is made
# once and then left alone: edit it at will.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/lib.sh"

host=${HOST:-127.0.0.1}
port=${PORT:-8001}
config=$ROOT/.run/phoebed.toml

if [ ! -e "$config" ]; then
    mkdir -p "$ROOT/.run"
    cat >"$config" <<TOML
# Made by \`make run\`. Address and port come from its HOST and PORT.
[state]
directory = "$ROOT/.run/state"

[database]
path = "$ROOT/.run/sessions.db"

[engine]
python = "$ROOT/.venv/bin/python"

[admin]
socket = "$ROOT/.run/admin.sock"
TOML
fi

case $host in *:*) shown="[$host]" ;; *) shown=$host ;; esac
say "http://$shown:$port   (API at /docs; config $config; end with Ctrl-C)"
exec "$ROOT/target/release/phoebed" --config "$config" --host "$host" --port "$port"
