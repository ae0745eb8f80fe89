"""The file of heads, read in order and in bounded memory beside the chain that it vouches for."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# Heads of entries that were committed at the same moment may stand in any order; never so far apart.
WINDOW = 10_000
LATE_SECONDS = 2.0


@dataclass(frozen=True)
class Head:
    """What the file says of one entry."""

    number: int
    digest: str
    signature: str


class Heads:
    """Heads by number, for a reader that asks in rising order and then for what lies beyond the chain's end.

    Make it before the chain's end is read: a head is written after its entry, so every head that was there then
    has its entry. ``broken`` are the numbers of lines that are no heads.
    """

    def __init__(self, file: Path) -> None:
        self._handle: BinaryIO | None = file.open("rb") if file.is_file() else None
        self._size = file.stat().st_size if self._handle else 0
        self.lines = 0
        self.broken: list[int] = []
        self._waiting: dict[int, Head] = {}

    def of(self, number: int) -> Head | None:
        """The head of entry ``number``."""
        while number not in self._waiting and self._room(number) and self._read():
            pass
        return self._waiting.pop(number, None)

    def late(self, number: int) -> Head | None:
        """The head of an entry that was committed a moment ago, which is perhaps being written just now."""
        until = time.monotonic() + LATE_SECONDS
        while (head := self.of(number)) is None and time.monotonic() < until:
            time.sleep(0.05)
        return head

    def beyond(self, number: int) -> tuple[int, int] | None:
        """The lowest and highest number after ``number`` that the file had when the reader began."""
        low = high = 0
        while True:
            for each in self._waiting:
                if each > number:
                    low, high = min(low or each, each), max(high, each)
            self._waiting.clear()
            if not (self._old() and self._read()):
                return (low, high) if high else None

    def close(self) -> None:
        if self._handle:
            self._handle.close()

    def _old(self) -> bool:
        return self._handle is not None and self._handle.tell() < self._size

    def _room(self, number: int) -> bool:
        """Whether more may be kept waiting; what waits for entries that are gone makes room."""
        if len(self._waiting) >= WINDOW:
            self._waiting = {each: head for each, head in self._waiting.items() if each >= number}
        return len(self._waiting) < WINDOW

    def _read(self) -> bool:
        """Take in one line; False at the end, also before a line that is still being written."""
        if self._handle is None:
            return False
        old, began = self._old(), self._handle.tell()
        line = self._handle.readline()
        if not line or not (old or line.endswith(b"\n")):
            self._handle.seek(began)
            return False
        self.lines += 1
        if head := _head(line):
            self._waiting.setdefault(head.number, head)
        else:
            self.broken.append(self.lines)
        return True


def _head(line: bytes) -> Head | None:
    try:
        found = json.loads(line)
        return Head(int(found["number"]), str(found["digest"]), str(found["signature"]))
    except (ValueError, KeyError, TypeError):
        return None
