"""Reads a Containerfile: instructions, with their continued lines joined."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Containerfile:
    """The instructions in order, of all stages: name and what follows it."""

    instructions: list[tuple[str, str]]

    def all(self, name: str) -> list[str]:
        """What follows each instruction of this name."""
        return [words for known, words in self.instructions if known == name]

    def only(self, name: str) -> str:
        """What follows the one instruction of this name."""
        (words,) = self.all(name)
        return words

    def default(self, argument: str) -> str:
        """The value of an ARG when none is given."""
        given = dict(words.split("=", 1) for words in self.all("ARG"))
        return given[argument]


def read(path: Path) -> Containerfile:
    """The file at this path."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    pairs = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip()]
    return Containerfile([(name, words) for name, words in pairs])
