"""Secrets as credentials, TLS, users, and another address: as the README tells operators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from phoebed_boot.api import Api
from phoebed_boot.machine import Machine
from phoebed_boot.readme import commands

FOLDER = "/etc/phoebed/credentials"
CONFIG = "/etc/phoebed/config.toml"
URL = "https://127.0.0.1:8443"

SECRETS = f"""
install -d -m 700 {FOLDER} && cd {FOLDER} && umask 077
openssl rand -hex 32 > jwt_secret_key
openssl req -x509 -newkey rsa:2048 -noenc -days 30 -subj /CN=localhost \\
    -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem 2>/dev/null
"""
SERVICE = "\\n".join(
    [
        "[Service]",
        f"LoadCredential=jwt_secret_key:{FOLDER}/jwt_secret_key",
        f"LoadCredential=tls_certificate:{FOLDER}/certificate.pem",
        f"LoadCredential=tls_key:{FOLDER}/key.pem",
        "",
    ]
)
SOCKET = "\\n".join(["[Socket]", "ListenStream=", "ListenStream=127.0.0.1:8443", ""])
# While clients ask: with a service that they start in between, systemd refuses a socket.
RESTART = (
    "(while :; do curl -s -m 1 -o /dev/null http://127.0.0.1:8001/health; done) & clients=$!; "
    f"systemctl daemon-reload && {commands('Their addresses').splitlines()[-2]}; "
    "status=$?; kill $clients; exit $status"
)


@contextmanager
def _drop_in(machine: Machine, unit: str, text: str) -> Iterator[None]:
    folder = f"/etc/systemd/system/{unit}.d"
    machine.run(f"mkdir -p {folder} && printf '{text}' > {folder}/override.conf")
    try:
        yield
    finally:
        machine.run(f"rm -r {folder}")


def _curl(machine: Machine, path: str, *options: str) -> str:
    words = " ".join(options)
    return machine.out(f"curl -s --cacert {FOLDER}/certificate.pem {words} {URL}{path}")


def test_secrets_are_credentials_and_users_log_in_over_tls(machine: Machine, api: Api) -> None:
    machine.run(SECRETS)
    change = 's/^mode = "none"/mode = "jwt"/'
    machine.run(f"cp -p {CONFIG} /root/open.toml && sed -i '{change}' {CONFIG}")
    with (
        _drop_in(machine, "phoebed.service", SERVICE),
        _drop_in(machine, "phoebed.socket", SOCKET),
    ):
        machine.run(RESTART)
        _use(machine)
    machine.run(f"cp -p /root/open.toml {CONFIG} && rm -r {FOLDER}")
    machine.run(RESTART)
    assert api.ask("GET", "/health").status == 200


def _use(machine: Machine) -> None:
    # The check outside the service knows the secret's place, and the log the other address.
    machine.run(f"phoebectl config check {CONFIG}")
    told = machine.journal("_SYSTEMD_UNIT=phoebed.service", options="--boot -p warning")
    assert "passes a socket on 127.0.0.1:8443" in told
    assert json.loads(machine.out("phoebectl status --json"))["listeners"] == ["127.0.0.1:8443"]

    refused = _curl(machine, "/dash/start-session", "-X POST", "-w '%{http_code}'", "-o /dev/null")
    assert refused == "401"
    added = json.loads(
        machine.out(
            "phoebectl users add ada@example.org --first-name Ada --last-name Lovelace "
            "--role admin --json"
        )
    )
    login = json.dumps({"email": "ada@example.org", "password": added["password"]})
    answer = json.loads(
        _curl(machine, "/auth/login", "-H 'Content-Type: application/json'", f"-d '{login}'")
    )
    bearer = f"-H 'Authorization: Bearer {answer['access_token']}'"
    session = json.loads(_curl(machine, "/dash/start-session", "-X POST", bearer))["session_id"]
    _curl(machine, f"/dash/end-session/{session}", "-X POST", bearer)

    # The secret is in no log, no environment and no argument list, and workers cannot read it.
    secret = machine.out(f"cat {FOLDER}/jwt_secret_key")
    assert secret not in machine.journal(options="--boot")
    seen = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"
    assert machine.out(f"{seen} | grep -c -F -f {FOLDER}/jwt_secret_key || true") == "0"
    worker = "setpriv --reuid phoebed-worker --regid phoebed-worker --clear-groups"
    path = "/run/credentials/phoebed.service/jwt_secret_key"
    assert machine.run(f"{worker} cat {path}", check=False).returncode != 0
