"""A minimal Debian root with systemd, made once and kept as an archive."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
# What the package depends on, and what the tests look at things with.
PACKAGES = (
    "ca-certificates",
    "curl",
    "dbus",
    "init-system-helpers",
    "openssl",
    "procps",
    "python3",
    "python3-venv",
    "sqlite3",
    "systemd",
    "systemd-sysv",
)
LEFT_OUT = ("/usr/share/locale/*", "/usr/share/doc/*/*/*")


def archive(cache: Path) -> Path:
    """The root's archive; made when there is none of these packages."""
    inputs = repr((SUITE, MIRROR, PACKAGES, LEFT_OUT))
    path = cache / f"root-{hashlib.sha256(inputs.encode()).hexdigest()[:16]}.tar.zst"
    if not path.exists():
        print(f"==> Debian root {path.name} (once)", file=sys.stderr, flush=True)
        for old in cache.glob("root-*"):
            old.unlink()
        unfinished = path.with_name("root-unfinished.tar.zst")
        command = ["mmdebstrap", "--quiet", "--variant=minbase", "--include", ",".join(PACKAGES)]
        command += [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
        subprocess.run([*command, SUITE, str(unfinished), MIRROR], check=True)
        unfinished.rename(path)
    return path


def unpack(source: Path, root: Path) -> None:
    """Unpacks the archive into `root`."""
    root.mkdir(parents=True)
    subprocess.run(["tar", "--zstd", "-C", str(root), "-xf", str(source)], check=True)
    # Each boot is another machine.
    (root / "etc/machine-id").write_text("")
    # The journal lasts, so that tests of later boots may look back.
    (root / "var/log/journal").mkdir(exist_ok=True)
