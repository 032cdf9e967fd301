#!/usr/bin/env bash
# Makes target/deb/phoebed_VERSION_ARCHITECTURE.deb of what `make build` has built.
set -euo pipefail
# shellcheck source=packaging/setup/lib.sh
. "$(dirname "$0")/../setup/lib.sh"
cd "$ROOT"

programs=$(dirname "${PHOEBED_BIN:-$ROOT/target/release/phoebed}")
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1 | tr - '~')
# Who makes the package, by Debian's own variables.
maintainer="${DEBFULLNAME:-The phoebed developers} <${DEBEMAIL:-phoebed@localhost.localdomain}>"
architecture=$(dpkg --print-architecture)
# The same inputs make the same package: times are those of the last commit.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

out=$ROOT/target/deb
tree=$out/tree
rm -rf "$tree"
mkdir -p "$tree/DEBIAN"

# put MODE FILE DESTINATION
put() { install -D -m "$1" "$2" "$tree/$3"; }
# gz FILE DESTINATION: compressed as Debian wants it, without a time of its own.
gz() {
    mkdir -p "$tree/$(dirname "$2")"
    gzip -9n <"$1" >"$tree/$2.gz"
    chmod 644 "$tree/$2.gz"
}

for program in phoebed phoebectl; do
    put 755 "$programs/$program" "usr/bin/$program"
    strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/$program"
done

for unit in systemd/*.service systemd/*.socket; do
    put 644 "$unit" "lib/systemd/system/$(basename "$unit")"
done
put 644 systemd/phoebed.sysusers usr/lib/sysusers.d/phoebed.conf
put 644 systemd/phoebed.tmpfiles usr/lib/tmpfiles.d/phoebed.conf

mkdir -p "$tree/etc/phoebed"
packaging/deb/config.sh >"$tree/etc/phoebed/config.toml"
chmod 644 "$tree/etc/phoebed/config.toml"
echo /etc/phoebed/config.toml >"$tree/DEBIAN/conffiles"

for page in packaging/man/*.[1-8]; do
    gz "$page" "usr/share/man/man${page##*.}/$(basename "$page")"
done
put 644 packaging/completions/phoebectl.bash usr/share/bash-completion/completions/phoebectl
put 644 packaging/completions/_phoebectl usr/share/zsh/vendor-completions/_phoebectl
put 644 packaging/completions/phoebectl.fish usr/share/fish/vendor_completions.d/phoebectl.fish

# What a folder of wheels is downloaded by, for machines without internet.
put 644 packaging/engine/requirements.txt usr/share/phoebed/requirements.txt

put 644 packaging/deb/copyright usr/share/doc/phoebed/copyright
python3 packaging/deb/licences.py "$(rustc -vV | sed -n 's/^host: //p')" >"$out/licences"
gz "$out/licences" usr/share/doc/phoebed/LICENSES-OF-CRATES
put 644 packaging/deb/lintian-overrides usr/share/lintian/overrides/phoebed
put 644 README.md usr/share/doc/phoebed/README.md
gz CHANGELOG.md usr/share/doc/phoebed/changelog
gz /dev/stdin usr/share/doc/phoebed/changelog.Debian <<CHANGES
phoebed ($version) stable; urgency=medium

  * What has changed is in changelog.gz.

 -- $maintainer  $(date -Ru -d "@$SOURCE_DATE_EPOCH")
CHANGES

for script in postinst prerm postrm; do
    put 755 "packaging/deb/$script" "DEBIAN/$script"
done

# Which libraries of which versions the programs need; the tool wants to be beside a debian/control.
mkdir -p "$out/shlibs/debian"
: >"$out/shlibs/debian/control"
depends=$(cd "$out/shlibs" && dpkg-shlibdeps -O --ignore-missing-info \
    -e"$tree/usr/bin/phoebed" -e"$tree/usr/bin/phoebectl" 2>/dev/null |
    sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || fail "dpkg-shlibdeps finds no libraries of $programs/phoebed"

sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" \
    -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$tree" | cut -f1)/" -e "s/@DEPENDS@/$depends/" -e "s/@MAINTAINER@/$maintainer/" \
    packaging/deb/control.in >"$tree/DEBIAN/control"
(cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z |
    xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
find "$tree" -type d -exec chmod 755 {} +

package=$out/phoebed_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$package" >/dev/null
rm -rf "$tree" "$out/shlibs" "$out/licences"
say "target/deb/$(basename "$package"), $(du -h "$package" | cut -f1)"
