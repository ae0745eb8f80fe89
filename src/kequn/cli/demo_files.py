"""Which files a demo wrote beside the bank's data, so that the next demo removes them and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path


def write(mark: Path, wanted: str, names: Sequence[str]) -> None:
    """Note what the demo made: its parameters, then each file with the hash of its content."""
    lines = [wanted, *(f"{_hash(mark.parent / name)} {name}" for name in names)]
    mark.write_text("\n".join(lines) + "\n", "utf-8")


def read(mark: Path) -> tuple[str | None, dict[str, str]]:
    """The parameters of the last demo, None where there was none, and hashes by file name."""
    if not mark.is_file():
        return None, {}
    wanted, *files = mark.read_text("utf-8").strip().split("\n")
    return wanted, {name: digest for digest, _, name in (line.partition(" ") for line in files)}


def remove(home: Path, files: Mapping[str, str]) -> list[str]:
    """Remove the files, and folders that become empty; returns those that were changed since and therefore stay."""
    kept = []
    for name, digest in files.items():
        file = home / name
        if not file.is_file():
            continue
        if _hash(file) != digest:
            kept.append(name)
            continue
        file.unlink()
        if file.parent != home and not any(file.parent.iterdir()):
            file.parent.rmdir()
    return kept


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
