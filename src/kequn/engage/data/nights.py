"""Published nights, the one that may be running, and whether everything is as it should be."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.utils import timezone

from kequn.bank import store
from kequn.engage.data.models import Run
from kequn.engage.language import say
from kequn.engine.publish import MANIFEST, Published, before, current, nights
from kequn.workspace import Workspace

LARGE_CHANGE = 0.20
LOCKS = Path("/proc/locks")
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Running:
    """A night that is being computed: its day, finished tables, and about how many there will be."""

    as_of: date | None
    done: int
    of: int


@dataclass(frozen=True)
class Health:
    """``state`` good, warn or bad, with what is the matter, the gravest first."""

    state: str
    reasons: list[str] = field(default_factory=list)


def listed(workspace: Workspace) -> Rows:
    """Published nights, the newest first."""
    newest = current(workspace)
    return [_row(night, newest) for night in reversed(nights(workspace))]


def find(workspace: Workspace, key: str) -> Published | None:
    """A published night by the name of its folder."""
    return next((night for night in nights(workspace) if night.folder.name == key), None)


def _row(night: Published, newest: Published | None) -> dict[str, Any]:
    manifest = night.manifest
    stages = manifest["stages"]
    return {
        "as_of": night.as_of, "key": night.folder.name, "engine": manifest["engine"], "version": manifest["version"],
        "current": newest is not None and newest.folder == night.folder, "models": manifest.get("models", {}),
        "seconds": sum(stage["seconds"] for stage in stages), "reused": sum(bool(s["reused"]) for s in stages),
        "stages": len(stages), "tables": len(manifest["tables"]), "published_at": written_at(night),
        "customers": manifest["tables"].get("customer", {}).get("rows", 0),
    }  # fmt: skip


def written_at(night: Published) -> datetime:
    """When the night came out."""
    return datetime.fromtimestamp((night.folder / MANIFEST).stat().st_mtime, tz=UTC)


def one(workspace: Workspace, night: Published) -> dict[str, Any]:
    """A night with its stages, and its tables beside those of the night before."""
    earlier = before(workspace, night.as_of)
    known = earlier.manifest["tables"] if earlier else {}
    tables = []
    for name, entry in sorted(night.manifest["tables"].items()):
        was = known.get(name, {}).get("rows")
        change = (entry["rows"] - was) / was if was else None
        tables.append(
            {
                "name": name, "rows": entry["rows"], "hash": entry["hash"], "was": was, "change": change,
                "same": known.get(name, {}).get("hash") == entry["hash"],
                "large": was is not None and (abs(change) > LARGE_CHANGE if change is not None else entry["rows"] > 0),
            }
        )  # fmt: skip
    gone = sorted(set(known) - set(night.manifest["tables"]))
    return _row(night, current(workspace)) | {
        "stage_rows": night.manifest["stages"], "table_rows": tables, "before": earlier, "gone": gone,
        "hash": night.manifest["key"],
    }  # fmt: skip


def health(workspace: Workspace, today: date) -> Health:
    """Whether last night is right, and why not."""
    night = current(workspace)
    bad, warn = [], []
    last = (
        Run.objects.filter(job="night", state__in=[Run.State.DONE, Run.State.FAILED]).order_by("-finished_at").first()
    )
    if last and last.state == Run.State.FAILED:
        bad.append(say(f"上次夜批失败：{last.message}", f"The last night failed: {last.message}"))
    if night is None:
        return Health("bad", [*bad, say("还没有发布过夜批", "No night is published yet")])
    age = (today - night.as_of).days
    if age > workspace.settings.integer("console.stale_days"):
        bad.append(say(f"最新的夜批是 {age} 天前的数据", f"The newest night is {age} days old"))
    delivered = store.newest(workspace)
    if delivered and delivered > night.as_of:
        bad.append(
            say(f"{delivered} 的数据已装载，但还没有运行夜批", f"Data of {delivered} is loaded, and no night has run")
        )
    intake = Run.objects.filter(job="intake").first()
    if intake and intake.state == Run.State.FAILED:
        told = "夜批结果没有接收成功，页面上的人员和客户可能是旧的"
        warn.append(say(told, "The night was not taken in: people and customers may be old"))
    changed = [row["name"] for row in one(workspace, night)["table_rows"] if row["large"] and row["name"] in WATCHED]
    if changed:
        names = "、".join(changed)
        warn.append(
            say(f"与前一夜相比行数变化超过 20%：{names}", f"Rows changed by more than 20%: {', '.join(changed)}")
        )
    return Health("bad" if bad else "warn" if warn else "good", bad + warn)


# Tables whose size should not jump from one night to the next.
WATCHED = ("customer", "account", "account_holder", "identity")


def running(workspace: Workspace) -> Running | None:
    """The night that is being computed now; None where none is, or where the system tells nothing of locks.

    Asked without taking the lock, which would turn away a night that begins at that moment.
    """
    if not _locked(workspace.data / "night.lock"):
        return None
    folders = [path for path in workspace.nights.glob(".[0-9]*") if path.is_dir()]
    work = max(folders, key=lambda path: path.stat().st_mtime, default=None)
    newest = current(workspace)
    of = len(newest.manifest["stages"]) if newest else 0
    if work is None:
        return Running(None, 0, of)
    done = sum(1 for path in work.iterdir() if path.is_dir() and not path.name.startswith("."))
    return Running(_day(work.name[1:]), done, max(of, done))


def _locked(file: Path) -> bool:
    if not file.is_file() or not LOCKS.is_file():
        return False
    stat = file.stat()
    place = f"{os.major(stat.st_dev):02x}:{os.minor(stat.st_dev):02x}:{stat.st_ino}"
    return any(place in line and "FLOCK" in line and "->" not in line for line in LOCKS.read_text().splitlines())


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def today() -> date:
    """The bank's date."""
    return timezone.localdate()


def missing(rows: Rows) -> list[date]:
    """Business dates without a night, where nights come daily: gaps of a few days between daily ones."""
    days = sorted(row["as_of"] for row in rows)
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    if sum(gap == 1 for gap in gaps) * 2 <= len(gaps):
        return []
    return [
        earlier + timedelta(days=step)
        for earlier, gap in zip(days, gaps, strict=False)
        for step in range(1, gap)
    ]  # fmt: skip
