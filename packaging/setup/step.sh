#!/usr/bin/env bash
# step.sh NAME COMMAND...: runs a command under its name, and names it when it fails.
set -uo pipefail
name=$1
shift
printf '==> %s\n' "$name"
"$@"
status=$?
if [ $status -ne 0 ]; then printf 'FAILED (%d): %s: %s\n' "$status" "$name" "$*" >&2; fi
exit $status
