#!/usr/bin/env bash
# What each make target needs on a Debian machine; does only what is missing.
#   setup.sh build    to build and run    setup.sh check    plus linters    setup.sh test    plus test tools
#   setup.sh fuzz     to build and to fuzz    setup.sh deb      to package
#   setup.sh boot     to boot the package
set -euo pipefail
here=$(dirname "$0")

debian=(build-essential ca-certificates pkg-config python3 python3-venv)
requirements=(packaging/engine/requirements.txt)
rust=()

case ${1:-} in
build) ;;
fuzz) rust+=(bolero) ;;
deb) debian+=(dpkg-dev lintian) ;;
boot)
    # zstd: the root is kept between runs.
    debian+=(mmdebstrap systemd-container zstd)
    requirements+=(packaging/engine/requirements-dev.txt)
    ;;
check | test)
    # The bench measures a bare ZeroMQ link beside ours.
    debian+=(libzmq3-dev shellcheck)
    requirements+=(packaging/engine/requirements-dev.txt)
    ;;
*)
    echo "usage: $0 boot|build|check|deb|fuzz|test" >&2
    exit 2
    ;;
esac

if [ "$1" = test ]; then
    # A browser and a font for it: the pages of the API are rendered without any other host.
    debian+=(chromium fonts-dejavu-core)
    rust+=(nextest)
fi

# First what is only looked at, then what takes time.
"$here/rust.sh"
"$here/debian.sh" "${debian[@]}"
"$here/python.sh" "${requirements[@]}"
"$here/rust.sh" "${rust[@]}"
