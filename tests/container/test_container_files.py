"""What packaging/container says in several places is the same in all of them: no image is built."""

import json
import re
import subprocess
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from phoebed_container import containerfile
from phoebed_container.places import BINARY, CHECKOUT, FOLDER

Compose = dict[str, Any]


@pytest.fixture(scope="module")
def image() -> containerfile.Containerfile:
    return containerfile.read(FOLDER / "Containerfile")


@pytest.fixture(scope="module")
def compose() -> Compose:
    return _yaml((FOLDER / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def config() -> dict[str, Any]:
    return _toml(FOLDER / "config.toml")


def test_the_compiler_is_the_one_that_the_workspace_asks_for(
    image: containerfile.Containerfile,
) -> None:
    wanted = _toml(CHECKOUT / "Cargo.toml")["workspace"]["package"]["rust-version"]
    assert image.default("RUST").startswith(f"docker.io/library/rust:{wanted}-")


def test_programs_are_built_on_the_debian_that_they_run_on(
    image: containerfile.Containerfile,
) -> None:
    release = image.default("BASE").removeprefix("docker.io/library/debian:")
    assert image.default("RUST").endswith(f"-{release.removesuffix('-slim')}")


def test_the_version_is_the_workspace_s(image: containerfile.Containerfile) -> None:
    version = _toml(CHECKOUT / "Cargo.toml")["workspace"]["package"]["version"]
    assert f'org.opencontainers.image.version="{version}"' in image.only("LABEL")


def test_what_is_copied_is_in_the_checkout(image: containerfile.Containerfile) -> None:
    copied = [words.split() for words in image.all("COPY") if not words.startswith("--from")]
    for *sources, _target in copied:
        for source in sources:
            path = CHECKOUT / source.replace("${WHEELS}", image.default("WHEELS"))
            assert path.exists(), source


def test_the_user_is_the_same_number_everywhere_and_not_root(
    image: containerfile.Containerfile,
) -> None:
    user = int(image.only("USER"))
    assert user > 0
    assert f"--uid {user} " in "".join(image.all("RUN"))
    told = re.findall(r"chown (\d+)", (FOLDER / "compose.yaml").read_text())
    assert set(told) == {str(user)}


def test_the_engine_is_where_the_configuration_looks_for_it(config: dict[str, Any]) -> None:
    directory = PurePosixPath(_toml(FOLDER / "engine.toml")["state"]["directory"])
    assert PurePosixPath(config["engine"]["python"]) == directory / "venv/bin/python"


def test_what_is_published_is_the_api_on_the_loopback(
    image: containerfile.Containerfile, compose: Compose, config: dict[str, Any]
) -> None:
    port = config["server"]["port"]
    assert image.only("EXPOSE") == str(port)
    assert compose["services"]["phoebed"]["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_volumes_are_mounted_where_the_image_has_folders_of_its_user(
    image: containerfile.Containerfile, compose: Compose, config: dict[str, Any]
) -> None:
    mounts = [entry.split(":")[:2] for entry in compose["services"]["phoebed"]["volumes"]]
    assert {name for name, _ in mounts if not name.startswith(".")} == set(compose["volumes"])
    state = PurePosixPath(config["state"]["directory"])
    assert image.only("VOLUME") == str(state)
    made = "".join(image.all("RUN")).split()
    for name, place in mounts:
        path = PurePosixPath(place)
        if name.startswith("."):
            assert place in image.only("CMD")
        else:
            folders = [path, *path.parents]
            assert state in folders
            below = folders[: folders.index(state) + 1]
            assert [str(folder) for folder in below if str(folder) not in made] == []


def test_health_is_the_same_question_from_the_image_and_from_compose(
    image: containerfile.Containerfile, compose: Compose
) -> None:
    health = dict(compose["services"]["phoebed"]["healthcheck"])
    kind, *command = health.pop("test")
    options = " ".join(f"--{key.replace('_', '-')}={value}" for key, value in health.items())
    assert image.only("HEALTHCHECK").split() == f"{options} {kind} {json.dumps(command)}".split()


def test_whoever_stops_it_waits_as_long_as_systemd(compose: Compose) -> None:
    unit = (CHECKOUT / "systemd" / "phoebed.service").read_text()
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert compose["services"]["phoebed"]["stop_grace_period"] == f"{seconds}s"


def test_with_the_signs_taken_away_the_service_has_the_secret_of_the_configuration() -> None:
    text = re.sub(
        r"^( *)#(?! \S)", r"\1", (FOLDER / "compose.yaml").read_text(), flags=re.MULTILINE
    )
    compose = _yaml(text)
    (secret,) = compose["services"]["phoebed"]["secrets"]
    assert secret in compose["secrets"]
    assert f"/run/secrets/{secret}" in (FOLDER / "config.toml").read_text()


@pytest.mark.parametrize("name", ["config.toml", "engine.toml"])
def test_the_configuration_is_one_that_phoebed_takes(name: str) -> None:
    assert BINARY.exists(), f"there is no {BINARY}; run `make build`"
    command = [str(BINARY), "--check-config", "--config", str(FOLDER / name)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.startswith("configuration ok")) == (0, True), run.stderr


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def _yaml(text: str) -> Compose:
    read: Compose = yaml.safe_load(text)
    return read
