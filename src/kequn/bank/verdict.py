"""Whether a table of a delivery is good enough to be loaded, and what is the matter where it is not."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from kequn.bank.contract import Column, Contract
from kequn.bank.landing import Controls
from kequn.bank.quality import checks, converted, outside
from kequn.bank.refusal import Refusal
from kequn.bank.session import literal
from kequn.bank.staging import Counts, Staged
from kequn.engine.duck import quoted
from kequn.workspace import Settings

# Columns are swapped when each one's values suit the other and not itself.
_ABOUT_VALUES = ("type", "not_allowed", "out_of_range")


def judge(staged: Staged, counts: Sequence[Counts]) -> None:
    """Raise Refusal where too many rows are bad, with the likeliest cause."""
    rows, bad = sum(item.rows_in for item in counts), sum(item.quarantined for item in counts)
    settings = staged.session.workspace.settings
    limit = bad_share(staged.contract, settings)
    if bad <= settings.integer("landing.bad_rows_allowed") or bad <= limit * rows:
        return
    worst = Counter(_by_column(staged)).most_common()
    share = f"{bad} of {rows} rows are bad, allowed are {limit:.1%}."
    words = _words(staged) or "Lines do not fit the header: look at the delimiter, quotes and number of fields."
    raise Refusal(_swapped(staged, worst) or _changed(staged, worst, rows) or f"{share} {words}")


def check_mapped_sums(staged: Staged, stated: Controls) -> None:
    """Compare the contract's control column with control files that give a plain ``sum``; raises Refusal."""
    column = staged.contract.control_column
    if not column or staged.target.derived:
        return
    for file in staged.files:
        control = stated.files.get(file.path)
        if control and control.mapped_sum is not None:
            (fen,) = staged.session.row(
                f"SELECT coalesce(sum({quoted(column)}), 0) FROM {staged.rows} WHERE _file = {file.number}"
            )
            difference = Decimal(int(fen)) / 100 - control.mapped_sum
            if difference:
                raise Refusal(f"{file.shown}: the sum of {column} differs from {control.origin} by {difference} yuan.")


def bad_share(contract: Contract, settings: Settings) -> float:
    """The share of bad rows above which the table is refused: the setting's, else the contract's."""
    own = float(str(settings["landing.bad_share"]))
    return own if own >= 0 else contract.bad_share


def _by_column(staged: Staged) -> dict[str, int]:
    listed = {check.code: check for check in checks(staged.contract)}
    found: Counter[str] = Counter()
    for code, rows in staged.by_check().items():
        if listed[code].reason in _ABOUT_VALUES:
            found[listed[code].column] += rows
    return found


def _words(staged: Staged) -> str:
    """The two most frequent faults, with an example."""
    listed = {check.code: check for check in checks(staged.contract)}
    words = []
    for code, rows in Counter(staged.by_check()).most_common(2):
        check = listed[code]
        words.append(f"{rows} x {check.reason}{f' in {check.column}' if check.column else ''}{_example(staged, code)}.")
    return " ".join(words)


def _example(staged: Staged, code: int) -> str:
    check = next(check for check in checks(staged.contract) if check.code == code)
    if check.reason != "not_allowed":
        return ""
    column = staged.contract.column(check.column)
    (value,) = staged.session.row(
        f"SELECT min({quoted(column.name)}) FROM {staged.rows} JOIN ({staged.faulty()}) USING (_file, _row)"
        f" WHERE code = {code}"
    )
    close = difflib.get_close_matches(str(value), column.allowed, n=1)
    secret = any(other.secret for other in staged.contract.columns)
    shown = "" if secret or value is None else f" ('{value}')"
    return f"{shown}{f', nearest is {close[0]}' if close else ''}"


def _changed(staged: Staged, worst: Sequence[tuple[str, int]], rows: int) -> str:
    """The column most of whose values are of another type."""
    listed = {check.code: check for check in checks(staged.contract)}
    for name, _ in worst:
        wrong = sum(n for c, n in staged.by_check().items() if listed[c].column == name and listed[c].reason == "type")
        if wrong * 2 > rows:
            column = staged.contract.column(name)
            return f"The column {name} has changed its type: {wrong} of {rows} values are no {column.delivered}."
    return ""


def _swapped(staged: Staged, worst: Sequence[tuple[str, int]]) -> str:
    """Two columns of which each suits the other's contract and not its own."""
    contract = staged.contract
    if _code_rows(staged, "interval") * 2 > _total(staged):
        return "The columns valid_from and valid_to look swapped: most intervals end before they begin."
    for name, rows in worst:
        if rows * 2 <= _total(staged):
            break
        for other in contract.columns:
            if other.name != name and _suits(staged, contract.column(name), other):
                return f"The columns {name} and {other.name} look swapped: each one's values suit the other."
    return ""


def _suits(staged: Staged, column: Column, other: Column) -> bool:
    """Whether most rows become good when the two columns are read the other way round.

    Where the other column takes any text this says only that its values suit ``column``, so ``column`` must be
    restrictive, which it is: it has failed.
    """
    first, second = (
        f"nullif(trim(CAST({quoted(column.name)} AS VARCHAR)), '')",
        (f"nullif(trim(CAST({quoted(other.name)} AS VARCHAR)), '')"),
    )
    good, rows = staged.session.row(
        f"SELECT count(*) FILTER (WHERE {_fits(column, second)} AND {_fits(other, first)}), count(*)"
        f" FROM ({staged.mapping.sql}) WHERE {quoted(other.name)} IS NOT NULL"
    )
    return bool(rows * 2 > _total(staged) and good * 10 >= rows * 9)


def _fits(column: Column, text: str) -> str:
    if column.unit == "fen":
        # What stands in another column has not been turned from yuan to fen.
        return f"TRY_CAST({text} AS DECIMAL(38, 2)) IS NOT NULL"
    value = text if column.delivered == "VARCHAR" else converted(column, text)
    conditions = [f"{value} IS NOT NULL"]
    if column.allowed:
        conditions.append(f"{value} IN ({', '.join(literal(code) for code in column.allowed)})")
    if column.minimum is not None or column.maximum is not None:
        conditions.append(f"NOT ({outside(column, value)})")
    return " AND ".join(conditions)


def _code_rows(staged: Staged, reason: str) -> int:
    codes = {check.code for check in checks(staged.contract) if check.reason == reason}
    return sum(rows for code, rows in staged.by_check().items() if code in codes)


def _total(staged: Staged) -> int:
    (rows,) = staged.session.row(f"SELECT count(*) FROM {staged.rows}")
    return int(rows)
