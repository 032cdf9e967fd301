"""Both APIs keep to their OpenAPI documents, whatever is sent: the real binary and engine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from phoebed_demo.daemon import Daemon
from phoebed_schema import program
from phoebed_schema.forwarder import HOST, Forwarder

CHECKOUT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("PHOEBED_BIN", CHECKOUT / "target" / "release" / "phoebed"))


class BriefDaemon(Daemon):
    """A daemon whose commands give up soon: none that is sent here has much to compute."""

    def _config(self) -> str:
        return super()._config() + "\n[session]\ncommand_timeout_seconds = 20\n"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One that is ready; at the end it must stop in order and leave nothing."""
    assert BINARY.exists(), f"there is no {BINARY}; run `make build`"
    with BriefDaemon(BINARY.resolve(), tmp_path_factory.mktemp("phoebed")) as running:
        running.wait_ready()
        yield running
        running.stop()


def test_the_public_api_keeps_to_its_openapi_document(daemon: Daemon, tmp_path: Path) -> None:
    document = f"http://{daemon.client.host}:{daemon.client.port}/openapi.json"
    program.run("public.toml", document, daemon, tmp_path)


def test_the_admin_api_keeps_to_its_openapi_document(daemon: Daemon, tmp_path: Path) -> None:
    with Forwarder(daemon.socket) as forwarder:
        document = f"http://{HOST}:{forwarder.port}/v1/openapi.json"
        program.run("admin.toml", document, daemon, tmp_path)
