"""Fill one standard table from one delivery: read ``fill`` from top to bottom."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kequn.bank import balances, quarantine, relations, store, tokens, vault, verdict
from kequn.bank.accounting import FileAccount, Register
from kequn.bank.contract import Contract, contracts
from kequn.bank.delivery import Delivery, RawFile
from kequn.bank.landing import controls
from kequn.bank.mapping import prepare, reads
from kequn.bank.quality import REF
from kequn.bank.refusal import Refusal
from kequn.bank.session import Session, literal, scan
from kequn.bank.slices import slices
from kequn.bank.source import Target
from kequn.bank.staging import Counts, Staged, stage
from kequn.bank.store import Part
from kequn.engine.duck import quoted


@dataclass(frozen=True)
class Filling:
    """One table of one delivery, and what is known of earlier ones."""

    session: Session
    delivery: Delivery
    target: Target
    register: Register
    signature: str

    @property
    def contract(self) -> Contract:
        return contracts()[self.target.table]

    @property
    def files(self) -> list[RawFile]:
        return self.delivery.claimed(self.target.claims)

    def account(self, file: RawFile, counts: Counts | None = None) -> FileAccount:
        """The account of one file; without counts all of its rows are still to be accounted for."""
        counts = counts or Counts(file.rows, 0, 0)
        return FileAccount(
            self.delivery.source.name, self.target.table, file.shown, self.delivery.day,
            counts.rows_in, counts.loaded, counts.quarantined, counts.duplicate,
        )  # fmt: skip


def fill(filling: Filling) -> list[FileAccount]:
    """Load what is good, put aside what is not; one account for each claimed file.

    Nothing is visible before the last step, which gives the part its name: a run that is killed leaves the table
    as it was.
    """
    started = time.perf_counter()
    staged: Staged | None = None
    counts: dict[int, Counts] = {}
    hashes = _hashes(filling)
    try:
        recovered = _admit(filling, *hashes)
        if recovered:
            return recovered
        mapping = prepare(filling.session, filling.delivery, filling.target, filling.contract)
        staged = stage(filling.session, filling.delivery, filling.target, filling.contract, mapping)
        _compare(staged)
        counts = staged.counts()
        verdict.judge(staged, list(counts.values()))
        accounts = [filling.account(file, counts[file.number]) for file in filling.files]
        accounts = _timed(accounts, time.perf_counter() - started)
        _publish(filling, staged, accounts, hashes)
    except Refusal as refusal:
        accounts = [filling.account(file, counts.get(file.number)) for file in filling.files]
        accounts = [account.rejected(refusal.status, refusal.message) for account in accounts]
        if refusal.status != "duplicate":
            quarantine.refuse(filling.session.workspace, filling.delivery, filling.target, staged, refusal.message)
    return _timed(accounts, time.perf_counter() - started)


def _hashes(filling: Filling) -> tuple[str, str]:
    """Hash of all that the table is made of, and of its claimed files alone."""
    read = reads(filling.target)
    whole = filling.delivery.hash(read, filling.target.sql)
    return whole, filling.delivery.hash(filling.target.claims)


def _admit(filling: Filling, delivery_hash: str, files_hash: str) -> list[FileAccount] | None:
    """Refuse what is broken, late or loaded already; give the accounts of a part whose run was killed after it."""
    faults = [filling.delivery.faults[raw] for raw in filling.target.claims if raw in filling.delivery.faults]
    if faults:
        raise Refusal(" ".join(faults))
    parts = store.source_parts(filling.session.workspace, filling.target.table, filling.delivery.source.name)
    day, kind = filling.delivery.day, filling.contract.kind
    comparable = parts[-1:] if kind == "snapshot" else parts
    same = next((part for part in comparable if part.delivery_hash == delivery_hash), None)
    if same and same.delivered == day and not filling.register.recorded(filling.target.table, filling.signature):
        return [_from_part(filling, fields) for fields in same.files]
    if same:
        raise Refusal(f"The same content was loaded on {same.delivered}.", "duplicate")
    newest = filling.register.newest(filling.delivery.source.name, filling.target.table)
    newest = max([part.delivered for part in parts] + [newest or date.min], default=date.min)
    if kind == "snapshot" and newest > day:
        raise Refusal(f"This snapshot of {day} is older than the one of {newest}, which is loaded.", "late")
    other = next((part for part in parts if part.delivered == day and part.files_hash != files_hash), None)
    if kind == "event" and other:
        raise Refusal(
            f"{filling.target.table} of {day} is loaded already, with other content; deliver it under a new date.",
            "late",
        )
    return None


def _from_part(filling: Filling, fields: dict[str, object]) -> FileAccount:
    values = dict(fields) | {"day": filling.delivery.day}
    return FileAccount(**values)  # type: ignore[arg-type]


def _compare(staged: Staged) -> None:
    """The checks that need other rows, each on what the one before has left."""
    verdict.check_mapped_sums(staged, controls([file.path for file in staged.files]))
    relations.check_references(staged)
    relations.check_keys(staged)
    relations.check_events(staged)
    relations.check_overlaps(staged)
    balances.check_known(staged)


def _publish(filling: Filling, staged: Staged, accounts: Sequence[FileAccount], hashes: tuple[str, str]) -> None:
    session, contract, source = filling.session, filling.contract, filling.delivery.source.name
    quarantine.write(staged)
    if not any(account.loaded for account in accounts) and contract.kind != "snapshot":
        return
    day = filling.delivery.day
    if contract.kind == "change":
        # What becomes known late is dated so that the past, replayed, does not know it.
        parts = store.source_parts(session.workspace, contract.name, source)
        day = max([day, *(part.delivered for part in parts)])
    folder, number = store.destination(session.workspace, contract.name, source, day)
    written = store.fresh_folder(session.work / "part")
    if contract.kind == "change":
        balances.write(staged, written / "part-0.parquet")
    else:
        for place, slice_ in enumerate(slices(session, contract, staged.accepted())):
            session.copy(_stored(filling, slice_), written / f"part-{place}.parquet")
    _seal(staged, folder.name)
    rows, content, first, last = _described(session, contract, sorted(written.glob("*.parquet")))
    part = Part(
        folder, contract.name, source, day, number, rows, content, first, last, *hashes,
        files=tuple(account.as_dict() for account in accounts),
    )  # fmt: skip
    store.publish(part, written)
    if contract.kind == "change":
        balances.remember(staged)


def _stored(filling: Filling, accepted: str) -> str:
    """SQL of accepted rows as they are stored: tokens for C2, columns that loading adds, events by day."""
    session, contract = filling.session, filling.contract
    secrets = [column for column in contract.columns if column.secret]
    rows = f"{accepted} r"
    shown: dict[str, str] = {}
    if secrets:
        file = session.work / "tokens.parquet"
        tokens.write_tokens(session, accepted, secrets, file)
        rows, shown = tokens.joined(accepted, secrets, file)
    columns = [
        f"{shown.get(column.name, f'r.{quoted(column.name)}')} AS {quoted(column.stored_name)}"
        for column in contract.columns
    ]
    if contract.name in ("party", "account"):
        columns += [f"{literal(filling.delivery.source.name)} AS source", f"r.{REF} AS source_ref"]
    if contract.name == "party":
        rows, first_seen = _first_seen(filling, rows)
        columns.append(first_seen)
    order = f" ORDER BY {contract.business_day}" if contract.kind == "event" and contract.business_day else ""
    return f"SELECT {', '.join(columns)} FROM {rows}{order}"


def _first_seen(filling: Filling, rows: str) -> tuple[str, str]:
    """A party keeps the day on which it was first delivered."""
    today = f"DATE '{filling.delivery.day}'"
    earlier = store.source_parts(filling.session.workspace, "party", filling.delivery.source.name)
    if not earlier:
        return rows, f"{today} AS first_seen"
    before = f"(SELECT party_id, first_seen FROM {scan(earlier[-1].folder / 'part-0.parquet')})"
    return f"{rows} LEFT JOIN {before} b ON b.party_id = r.party_id", f"coalesce(b.first_seen, {today}) AS first_seen"


def _seal(staged: Staged, name: str) -> None:
    columns = vault.vault_columns(staged.contract)
    if columns:
        secret = " OR ".join(f"{quoted(c.name)} IS NOT NULL" for c in staged.contract.columns if c.secret)
        listed = ", ".join(quoted(column) for column in columns)
        batches = staged.session.batches(f"SELECT {listed} FROM {staged.accepted()} WHERE {secret}")
        vault.seal(staged.session.workspace, staged.contract.name, staged.delivery.source.name, name, batches)


def _described(
    session: Session, contract: Contract, files: Sequence[Path]
) -> tuple[int, str, date | None, date | None]:
    """Rows, an order-free hash of all of them, and the first and last business day, in one scan."""
    columns = ", ".join(quoted(name) for name in sorted(contract.stored_columns))
    day = f"CAST({contract.business_day} AS DATE)" if contract.business_day else "CAST(NULL AS DATE)"
    rows, total, first, last = session.row(
        f"SELECT count(*), coalesce(sum(CAST(hash({columns}) AS HUGEINT)), 0), min({day}), max({day})"
        f" FROM {scan(*files)}"
    )
    return int(rows), f"{int(total):032x}", first, last


def _timed(accounts: Sequence[FileAccount], seconds: float) -> list[FileAccount]:
    """The table's seconds shared out by rows."""
    total = sum(account.rows_in for account in accounts) or 1
    return [_with_seconds(account, seconds * account.rows_in / total) for account in accounts]


def _with_seconds(account: FileAccount, seconds: float) -> FileAccount:
    return FileAccount(**{**vars(account), "seconds": round(seconds, 3)})
