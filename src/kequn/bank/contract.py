"""Data contracts of the standard tables, in the Open Data Contract Standard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty


@dataclass(frozen=True)
class Column:
    """One column of a standard table.

    ``delivered`` is the type a source delivers, ``stored`` the type at rest: an identifier (``key`` names
    its entity) is delivered as text and stored as a 64-bit key; a C2 value is stored as a keyed token.
    """

    name: str
    zh: str
    en: str
    delivered: str
    stored: str
    required: bool
    primary: bool
    secret: bool
    key: str | None
    reference: tuple[str, str] | None
    allowed: tuple[str, ...]
    minimum: int | float | str | None
    maximum: int | float | str | None
    unit: str | None

    @property
    def stored_name(self) -> str:
        """The column's name at rest; a C2 value is kept as ``<name>_token``."""
        return f"{self.name}_token" if self.secret else self.name


@dataclass(frozen=True)
class Contract:
    """One standard table.

    ``kind``: ``snapshot`` (each delivery is the whole table), ``change`` (validity intervals) or ``event``
    (appended). ``business_day``: the column that must not lie after a night's as_of.
    """

    name: str
    zh: str
    en: str
    kind: str
    columns: tuple[Column, ...]
    business_day: str | None
    control_column: str | None
    bad_share: float

    @property
    def primary_key(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.primary)

    @property
    def stored_columns(self) -> dict[str, str]:
        """Names and DuckDB types at rest, with the columns that loading adds."""
        columns = {column.stored_name: column.stored for column in self.columns}
        return columns | _ADDED.get(self.name, {})

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


# Loading adds these: see kequn.bank.store for their meaning.
_ADDED = {
    "party": {"source": "VARCHAR", "source_ref": "VARCHAR", "first_seen": "DATE"},
    "account": {"source": "VARCHAR", "source_ref": "VARCHAR"},
    "balance": {"change_fen": "BIGINT"},
}
_ADDED_WORDS = {
    "source": ("来源系统", "Source system"),
    "source_ref": ("来源编号", "Number in the source system"),
    "first_seen": ("首次出现", "First seen"),
    "change_fen": ("余额变动(分)", "Change of the balance"),
}


@cache
def contracts() -> dict[str, Contract]:
    """All standard tables by name, in alphabetical order."""
    folder = resources.files("kequn.bank").joinpath("contracts")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".yaml"))
    read = [_contract(OpenDataContractStandard.from_string(folder.joinpath(f).read_text("utf-8"))) for f in files]
    return {contract.name: contract for contract in read}


@cache
def column_words() -> dict[tuple[str, str], tuple[str, str]]:
    """What every column at rest is called in Chinese and English, by table and name, also those that loading adds."""
    words: dict[tuple[str, str], tuple[str, str]] = {}
    for table, contract in contracts().items():
        words |= {(table, column.stored_name): (column.zh, column.en) for column in contract.columns}
        words |= {(table, name): _ADDED_WORDS[name] for name in _ADDED.get(table, {})}
    return words


def _contract(document: OpenDataContractStandard) -> Contract:
    table: SchemaObject = (document.schema_ or [])[0]
    options = _custom(table)
    return Contract(
        name=table.name or "",
        zh=table.businessName or "",
        en=table.description or "",
        kind=str(options["kind"]),
        columns=tuple(_column(item) for item in table.properties or []),
        business_day=options.get("business_day"),
        control_column=options.get("control_column"),
        bad_share=float(options["bad_share"]),
    )


def _column(item: SchemaProperty) -> Column:
    options = _custom(item)
    limits = item.logicalTypeOptions or {}
    target = item.relationships[0].to if item.relationships else None
    table, _, column = str(target).partition(".")
    stored = item.physicalType or "VARCHAR"
    return Column(
        name=item.name or "",
        zh=item.businessName or "",
        en=item.description or "",
        delivered="VARCHAR" if "key" in options else stored,
        stored=stored,
        required=bool(item.required or item.primaryKey),
        primary=bool(item.primaryKey),
        secret=item.classification == "C2",
        key=options.get("key"),
        reference=(table, column) if target else None,
        allowed=tuple(str(entry.value) for entry in item.enum or []),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        unit=options.get("unit"),
    )


def _custom(item: SchemaObject | SchemaProperty) -> dict[str, Any]:
    return {str(entry.property): entry.value for entry in item.customProperties or []}
