"""Is the audit chain whole? Every entry against its digest, its signature, the entry before and the file of heads."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db.models import Max

from kequn.engage.audit.chain import BEGINNING, digest_of, head_file, key
from kequn.engage.audit.heads import Head, Heads
from kequn.engage.audit.models import Entry

AT_ONCE = 1_000
JUST_NOW = 1_000  # the head of one of so many newest entries may be on its way
SHOWN_MOST = 100
FAULTS: dict[str, tuple[str, str]] = {
    "edited": ("第 {} 条被修改：内容与摘要不符。", "Entry {} was edited: its content does not fit its digest."),
    "forged": ("第 {} 条的签名不是本系统密钥所签。", "Entry {} carries a signature that our key did not make."),
    "unlinked": ("第 {} 条与前一条接不上。", "Entry {} does not follow from the one before."),
    "deleted": ("第 {} 条被删除。", "Entry {} was deleted."),
    "cut": (
        "第 {} 条被截断：头文件里有，数据库里没有。",
        "Entry {} was cut off: the file of heads has it, the database does not.",
    ),
    "head_missing": (
        "第 {} 条不在头文件里：头文件被删改。",
        "Entry {} is not in the file of heads: that file was cut or altered.",
    ),
    "head_differs": ("第 {} 条与头文件不一致。", "Entry {} differs from what the file of heads says."),
    "head_broken": ("头文件第 {} 行无法读取。", "Line {} of the file of heads cannot be read."),
}


@dataclass(frozen=True)
class Finding:
    """One fault of the entries ``first`` to ``last`` (of the lines of the file of heads for ``head_broken``)."""

    kind: str
    first: int
    last: int

    @property
    def numbers(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def words(self) -> tuple[str, str]:
        """What is wrong, in Chinese and English."""
        zh, en = FAULTS[self.kind]
        return zh.format(self.numbers), en.format(self.numbers)


@dataclass(frozen=True)
class Report:
    """What was read and found; ``more`` findings beyond those that are listed."""

    entries: int
    heads: int
    findings: tuple[Finding, ...]
    more: int
    seconds: float

    @property
    def whole(self) -> bool:
        return not self.findings

    @property
    def data(self) -> dict[str, Any]:
        """For programs: the findings with their words in English."""
        listed = [
            {"kind": each.kind, "first": each.first, "last": each.last, "text": each.words[1]} for each in self.findings
        ]
        return {
            "whole": self.whole, "entries": self.entries, "heads": self.heads, "findings": listed, "more": self.more,
            "seconds": round(self.seconds, 2),
        }  # fmt: skip


def verify(file: Path | None = None) -> Report:
    """Read the whole chain in the order of its numbers and say what is wrong with which entry.

    ``file`` is a copy of the file of heads kept elsewhere; the workspace's own by default. Whoever takes away both
    the end of the chain and that of the only file of heads is not seen: keep a copy out of reach.
    """
    began = time.monotonic()
    heads = Heads(file or head_file())
    try:
        end: int = Entry.objects.aggregate(end=Max("number"))["end"] or 0
        found = _Findings()
        entries = _entries(found, heads, end)
        if beyond := heads.beyond(end):
            found.add("cut", *beyond)
        for line in heads.broken:
            found.add("head_broken", line)
    finally:
        heads.close()
    listed, more = found.closed()
    return Report(entries, heads.lines, listed, more, time.monotonic() - began)


def _entries(found: _Findings, heads: Heads, end: int) -> int:
    public, count, number, digest = key().public_key(), 0, 0, BEGINNING
    for entry in Entry.objects.filter(number__lte=end).order_by("number").iterator(AT_ONCE):
        if entry.number > number + 1:
            found.add("deleted", number + 1, entry.number - 1)
        elif entry.previous != digest:
            found.add("unlinked", entry.number)
        if digest_of(entry) != entry.digest:
            found.add("edited", entry.number)
        if not _signed(public, entry):
            found.add("forged", entry.number)
        head = heads.of(entry.number)
        if head is None and entry.number > end - JUST_NOW and not found.ends("head_missing", entry.number - 1):
            head = heads.late(entry.number)
        if fault := _against(head, entry):
            found.add(fault, entry.number)
        count, number, digest = count + 1, entry.number, entry.digest
    return count


def verified_entry(entry: Entry) -> list[Finding]:
    """What is wrong with one entry by itself: its content against its digest, its digest against its signature."""
    sound = {"edited": digest_of(entry) == entry.digest, "forged": _signed(key().public_key(), entry)}
    return [Finding(kind, entry.number, entry.number) for kind, well in sound.items() if not well]


def _against(head: Head | None, entry: Entry) -> str | None:
    if head is None:
        return "head_missing"
    return "head_differs" if (head.digest, head.signature) != (entry.digest, entry.signature) else None


def _signed(public: Ed25519PublicKey, entry: Entry) -> bool:
    try:
        public.verify(bytes.fromhex(entry.signature), bytes.fromhex(entry.digest))
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass
class _Findings:
    """Findings, with those of one kind and consecutive numbers as one, and only so many kept."""

    _open: dict[str, Finding] = field(default_factory=dict)
    _kept: list[Finding] = field(default_factory=list)
    _more: int = 0

    def add(self, kind: str, first: int, last: int | None = None) -> None:
        new, before = Finding(kind, first, last or first), self._open.get(kind)
        if before and before.last + 1 == first:
            new = Finding(kind, before.first, new.last)
        elif before:
            self._close(before)
        self._open[kind] = new

    def ends(self, kind: str, number: int) -> bool:
        """Whether ``number`` is the last that has this fault so far."""
        return kind in self._open and self._open[kind].last == number

    def closed(self) -> tuple[tuple[Finding, ...], int]:
        """All, by number, and how many more there were."""
        for each in self._open.values():
            self._close(each)
        return tuple(sorted(self._kept, key=lambda each: (each.first, each.kind))), self._more

    def _close(self, finding: Finding) -> None:
        if len(self._kept) < SHOWN_MOST:
            self._kept.append(finding)
        else:
            self._more += 1
