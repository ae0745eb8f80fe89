"""The checks of single rows: what a contract asks of each value, as one SQL expression a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kequn.bank.contract import Column, Contract
from kequn.bank.session import literal
from kequn.engine.duck import quoted

FAULT = "_fault"
REF = "_ref"
KEPT_REFERENCES = ("party", "account")
_BIGINT = "[+-]?[0-9]{1,19}"


@dataclass(frozen=True)
class Check:
    """One way in which a row can be wrong; ``column`` is empty where no single column is at fault."""

    code: int
    reason: str
    column: str
    condition: str = "FALSE"


def checks(contract: Contract) -> list[Check]:
    """All checks of a contract; ``code`` numbers them, and a row's first failing one is its fault.

    Checks without a condition (references, keys, overlaps) are not decided by the row alone.
    """
    found = [(reason, column, condition) for reason, column, condition in _row_checks(contract)]
    found += [("reference", column.name, "FALSE") for column in contract.columns if column.reference]
    found += [("conflicting_key", contract.primary_key[0], "FALSE")] if contract.primary_key else []
    found += [("overlap", "valid_from", "FALSE")] if contract.kind == "change" else []
    found += [("not_mapped", "", "FALSE"), ("malformed", "", "FALSE")]
    return [Check(number, *parts) for number, parts in enumerate(found, start=1)]


def code_of(contract: Contract, reason: str, column: str = "") -> int:
    """Number of the check for ``reason`` (of ``column``, where there are several)."""
    return next(c.code for c in checks(contract) if c.reason == reason and (not column or c.column == column))


def staging_sql(contract: Contract, source: str, mapping: str, types: Mapping[str, str]) -> str:
    """SQL of the mapped rows with columns of their stored types (C2 still clear), ``_file``, ``_row``, ``_fault``.

    ``party`` and ``account`` also keep their delivered identifier as ``_ref``. ``_fault`` is 0 for a good row.
    """
    texts = ", ".join(_text(column, types[column.name]) for column in contract.columns)
    values = ", ".join(_value(column, types[column.name]) for column in contract.columns)
    stored = ", ".join(_stored(column, source) for column in contract.columns)
    if contract.name in KEPT_REFERENCES:
        stored += f", {_v(contract.columns[0])} AS {REF}"
    cases = " ".join(f"WHEN {c.condition} THEN {c.code}" for c in checks(contract) if c.condition != "FALSE")
    return (
        f"SELECT {stored}, _file, _row, CAST(CASE {cases} ELSE 0 END AS SMALLINT) AS {FAULT}"
        f" FROM (SELECT *, {values} FROM (SELECT {texts}, _file, _row FROM ({mapping})))"
    )


def _row_checks(contract: Contract) -> Iterator[tuple[str, str, str]]:
    for column in contract.columns:
        if column.required:
            yield "missing", column.name, f"{_t(column)} IS NULL"
    for column in contract.columns:
        if column.delivered != "VARCHAR":
            yield "type", column.name, f"{_v(column)} IS NULL AND {_t(column)} IS NOT NULL"
        if column.allowed:
            listed = ", ".join(literal(value) for value in column.allowed)
            yield "not_allowed", column.name, f"{_v(column)} NOT IN ({listed})"
        if column.minimum is not None or column.maximum is not None:
            yield "out_of_range", column.name, outside(column, _v(column))
    names = {column.name for column in contract.columns}
    if {"valid_from", "valid_to"} <= names:
        yield "interval", "valid_to", '"valid_to_v" < "valid_from_v"'


def outside(column: Column, value: str) -> str:
    """SQL condition that ``value`` lies outside the column's range; NULL counts as within."""
    kind = "DATE" if column.delivered in ("DATE", "TIMESTAMP") else column.delivered
    shown = f"CAST({value} AS DATE)" if column.delivered == "TIMESTAMP" else value
    bounds = [(column.minimum, "<"), (column.maximum, ">")]
    return " OR ".join(
        f"{shown} {sign} CAST({literal(bound)} AS {kind})" for bound, sign in bounds if bound is not None
    )


def converted(column: Column, text: str) -> str:
    """SQL of the typed value of ``text``, NULL where it is none; a whole number is not rounded to be one."""
    if column.delivered == "BIGINT":
        return f"CASE WHEN regexp_full_match({text}, '{_BIGINT}') THEN TRY_CAST({text} AS BIGINT) END"
    return f"TRY_CAST({text} AS {column.delivered})"


def _text(column: Column, kind: str) -> str:
    """What was delivered: the value itself where it has the right type, trimmed text otherwise."""
    name = quoted(column.name)
    if kind == column.delivered and kind != "VARCHAR":
        return f"{name} AS {_t(column)}"
    if kind in _EXACT.get(column.delivered, ()):
        return f"CAST({name} AS {column.delivered}) AS {_t(column)}"
    text = name if kind == "VARCHAR" else f"CAST({name} AS VARCHAR)"
    return f"nullif(trim({text}), '') AS {_t(column)}"


def _value(column: Column, kind: str) -> str:
    same = kind == column.delivered or kind in _EXACT.get(column.delivered, ())
    if same or column.delivered == "VARCHAR":
        return f"{_t(column)} AS {_v(column)}"
    return f"{converted(column, _t(column))} AS {_v(column)}"


def _stored(column: Column, source: str) -> str:
    value = _v(column)
    if column.key:
        value = f"entity_key({literal(source)}, {literal(column.key)}, {value})"
    return f"{value} AS {quoted(column.name)}"


# Types that convert without loss.
_EXACT = {
    "BIGINT": ("INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"),
    "DOUBLE": ("FLOAT", "INTEGER", "SMALLINT", "DECIMAL(18,2)"),
    "TIMESTAMP": ("DATE", "TIMESTAMP_S", "TIMESTAMP_MS"),
}


def _t(column: Column) -> str:
    return quoted(f"{column.name}_t")


def _v(column: Column) -> str:
    return quoted(f"{column.name}_v")
