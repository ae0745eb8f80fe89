"""Additive balances: each stored row says by how much an account's day-end balance changes on its first day.

The balance of an account on a day is that of the row with the newest ``valid_from`` up to that day, in the version
delivered last, and 0 once its ``valid_to`` has passed. So a newer row ends an older one, a row that ends without a
successor is followed by 0, and every history has one meaning in whatever order it is delivered.

A delivery adds the difference between that meaning before and after it. A stored row whose ``valid_to`` is the day
before its ``valid_from`` covers no day: it only carries a change (the end of a row, or the correction of one).

Deliveries mostly continue what is known, so that the last row of each account suffices to place them; that state is
kept beside the parts and rebuilt from them where it is missing. Only accounts with corrections of their past are
worked out from all of their rows.
"""

from __future__ import annotations

import json
from pathlib import Path

from kequn.bank.session import Session, scan
from kequn.bank.staging import Staged
from kequn.bank.store import Part, source_parts
from kequn.engine.duck import parquet_files
from kequn.engine.publish import flush, replace

ROW = "account_id, valid_from, valid_to, balance_fen"
STATE = "last.parquet"
MARK = "parts.json"
OPEN_END = "DATE '9999-12-31'"
_EMPTY = (
    "(SELECT NULL::BIGINT AS account_id, NULL::DATE AS valid_from, NULL::DATE AS valid_to, NULL::BIGINT AS balance_fen"
    " WHERE FALSE)"
)


def check_known(staged: Staged) -> None:
    """Count rows as duplicates that repeat the last known row of their account without any change."""
    if staged.contract.kind != "change" or not _parts(staged):
        return
    staged.known(
        f"SELECT _file, _row FROM (SELECT {_row()}, _file, _row FROM {staged.accepted()}) n JOIN {_state(staged)} s"
        " ON n.account_id = s.account_id AND n.valid_from = s.valid_from AND n.balance_fen = s.balance_fen"
        " AND n.valid_to IS NOT DISTINCT FROM s.valid_to"
    )


def write(staged: Staged, file: Path) -> None:
    """Write the rows that the accepted intervals of a delivery add."""
    session = staged.session
    fresh = f"(SELECT {_row()} FROM {staged.accepted()})"
    state = _state(staged)
    session.run(f"CREATE OR REPLACE TEMP TABLE _late AS {_late(fresh, state)}")
    session.copy(_following(fresh, state), _followed(session))
    _correct(staged, fresh)
    following = scan(_followed(session))
    session.copy(
        f"SELECT {ROW}, balance_fen - before AS change_fen FROM {following}"
        f" UNION ALL SELECT account_id, valid_to + 1, valid_to, 0, -balance_fen FROM {following} WHERE ends"
        f" UNION ALL SELECT {ROW}, change_fen FROM _corrections",
        file,
    )


def remember(staged: Staged) -> None:
    """Bring the state up to date after the part of this delivery was published."""
    session = staged.session
    last = (
        f"SELECT {ROW} FROM {scan(_followed(session))} WHERE last UNION ALL SELECT {ROW} FROM _versions"
        " QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY valid_from DESC) = 1"
    )
    fresh = session.work / "last.parquet"
    session.copy(
        f"WITH fresh AS ({last}) SELECT {ROW} FROM fresh"
        f" UNION ALL SELECT {ROW} FROM {_state_before(staged)} ANTI JOIN fresh USING (account_id)",
        fresh,
    )
    _keep(staged, fresh)


def _row() -> str:
    return f"account_id, valid_from, CASE WHEN valid_to < {OPEN_END} THEN valid_to END AS valid_to, balance_fen"


def _late(fresh: str, state: str) -> str:
    """SQL of the accounts whose known past changes: a row before the last known one, or a closed one that changes."""
    return (
        f"SELECT DISTINCT n.account_id FROM {fresh} n JOIN {state} s USING (account_id)"
        " WHERE n.valid_from < s.valid_from OR s.valid_to >= n.valid_from"
    )


def _following(fresh: str, state: str) -> str:
    """SQL of the rows that continue what is known.

    ``before`` is what the account holds on the row's day without it, ``ends`` whether nothing follows the row's end
    at once, ``last`` whether it is its account's newest row.
    """
    return (
        f"SELECT {ROW}, next_from IS NULL AS last,"
        " valid_to IS NOT NULL AND coalesce(next_from > valid_to + 1, TRUE) AS ends,"
        " CASE WHEN previous_from IS NOT NULL"
        " THEN CASE WHEN previous_to + 1 < valid_from THEN 0 ELSE previous_fen END"
        " WHEN known_to < valid_from THEN 0 ELSE coalesce(known_fen, 0) END AS before"
        " FROM (SELECT n.*, s.valid_to AS known_to, s.balance_fen AS known_fen, lead(n.valid_from) OVER w AS next_from,"
        " lag(n.valid_from) OVER w AS previous_from, lag(n.valid_to) OVER w AS previous_to,"
        " lag(n.balance_fen) OVER w AS previous_fen"
        f" FROM (SELECT * FROM {fresh} ANTI JOIN _late USING (account_id)) n LEFT JOIN {state} s USING (account_id)"
        " WINDOW w AS (PARTITION BY n.account_id ORDER BY n.valid_from))"
    )


def _correct(staged: Staged, fresh: str) -> None:
    """Leave ``_corrections``, the rows to add for accounts whose past changes, and ``_versions``, their valid rows."""
    session = staged.session
    files = parquet_files([part.folder for part in _parts(staged)])
    stored = f"SELECT {ROW}, change_fen, file_index AS place FROM {scan(*files)} SEMI JOIN _late USING (account_id)"
    nothing = f"SELECT {ROW}, NULL::BIGINT AS change_fen, NULL::BIGINT AS place FROM {_EMPTY}"
    session.run(f"CREATE OR REPLACE TEMP TABLE _history AS {stored if files else nothing}")
    session.run(
        f"CREATE OR REPLACE TEMP TABLE _versions AS SELECT {ROW}, place IS NULL AS delivered FROM ("
        f"SELECT {ROW}, place FROM _history WHERE valid_to IS NULL OR valid_to >= valid_from"
        f" UNION ALL SELECT {ROW}, NULL FROM {fresh} SEMI JOIN _late USING (account_id))"
        " QUALIFY row_number() OVER (PARTITION BY account_id, valid_from ORDER BY place DESC NULLS FIRST) = 1"
    )
    session.run(f"CREATE OR REPLACE TEMP TABLE _corrections AS {_differences()}")


def _differences() -> str:
    """SQL of the rows that turn what ``_history`` adds up to into what ``_versions`` says."""
    days = (
        "SELECT account_id, valid_from AS day FROM _versions"
        " UNION SELECT account_id, valid_to + 1 FROM _versions WHERE valid_to IS NOT NULL"
        " UNION SELECT account_id, valid_from FROM _history"
    )
    carried = (
        "SELECT d.account_id, d.day, v.valid_from, v.valid_to, v.balance_fen, v.delivered,"
        " max(v.valid_from) OVER w AS start"
        " FROM days d LEFT JOIN _versions v ON v.account_id = d.account_id AND v.valid_from = d.day"
        " WINDOW w AS (PARTITION BY d.account_id ORDER BY d.day ROWS UNBOUNDED PRECEDING)"
    )
    valued = (
        "SELECT c.*, CASE WHEN s.valid_from IS NULL OR s.valid_to < c.day THEN 0 ELSE s.balance_fen END AS value"
        " FROM carried c LEFT JOIN _versions s ON s.account_id = c.account_id AND s.valid_from = c.start"
    )
    return (
        f"WITH days AS ({days}), carried AS ({carried}), valued AS ({valued}),"
        " added AS (SELECT account_id, valid_from AS day, CAST(sum(change_fen) AS BIGINT) AS fen FROM _history"
        " GROUP BY ALL),"
        " compared AS (SELECT v.*, v.value - coalesce(lag(v.value) OVER (PARTITION BY v.account_id ORDER BY v.day), 0)"
        " - coalesce(a.fen, 0) AS change_fen FROM valued v LEFT JOIN added a USING (account_id, day))"
        " SELECT account_id, day AS valid_from, CASE WHEN valid_from IS NULL THEN day - 1 ELSE valid_to END"
        " AS valid_to, value AS balance_fen, change_fen FROM compared WHERE change_fen <> 0 OR delivered"
    )


def _state(staged: Staged) -> str:
    """SQL of the last known row of each account, from the kept state or else from the parts."""
    found = _parts(staged)
    if not found:
        return _EMPTY
    folder = _folder(staged)
    if _mark_of(folder) != _mark(found):
        files = parquet_files([part.folder for part in found])
        rebuilt = staged.session.work / "rebuilt.parquet"
        staged.session.copy(
            f"SELECT {ROW} FROM (SELECT {ROW}, file_index FROM {scan(*files)}"
            " WHERE valid_to IS NULL OR valid_to >= valid_from)"
            " QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY valid_from DESC, file_index DESC) = 1",
            rebuilt,
        )
        _keep(staged, rebuilt)
    return scan(folder / STATE)


def _state_before(staged: Staged) -> str:
    """SQL of the state without the newest part."""
    earlier = _parts(staged)[:-1]
    known = bool(earlier) and _mark_of(_folder(staged)) == _mark(earlier)
    return scan(_folder(staged) / STATE) if known else _EMPTY


def _keep(staged: Staged, written: Path) -> None:
    """Make ``written`` the state: the mark is written last, so that a state without its mark is rebuilt."""
    folder = _folder(staged)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).unlink(missing_ok=True)
    written.replace(folder / STATE)
    flush(folder)
    replace(folder / MARK, json.dumps(_mark(_parts(staged))))


def _parts(staged: Staged) -> list[Part]:
    return source_parts(staged.session.workspace, staged.contract.name, staged.delivery.source.name)


def _folder(staged: Staged) -> Path:
    return staged.session.workspace.bank / staged.contract.name / staged.delivery.source.name / "_state"


def _mark(parts: list[Part]) -> list[str]:
    return [f"{part.folder.name}={part.content_hash}" for part in parts]


def _mark_of(folder: Path) -> list[str]:
    file = folder / MARK
    mark: list[str] = json.loads(file.read_text("utf-8")) if file.is_file() else []
    return mark


def _followed(session: Session) -> Path:
    return session.work / "followed.parquet"
