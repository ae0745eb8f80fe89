"""Everything that a night knows of one customer, with C2 fields masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from kequn.bank.contract import contracts
from kequn.bank.store import part_infos
from kequn.errors import KequnError
from kequn.insight.reading import Reading, reading
from kequn.workspace import Workspace

SHOWN_END = 4
HIDDEN = "****"
RECORDS = {
    "prospects": ("prospect", "rule", ("customer_id",)),
    "tier_history": ("tier_month", "month", ("customer_id",)),
    "identity_changes": ("identity_change", "customer_before, customer_after", ("customer_before", "customer_after")),
}
# What the night's models say: table and order of its rows.
SCORES = {
    "attrition": ("score_attrition_segment", "principal DESC, segment"),
    "product": ("score_product", "rank"),
    "liking": ("score_liking", "customer_id"),
    "channel": ("score_channel", "rank"),
    "value": ("score_value", "value_fen DESC, product_class"),
    "uplift": ("score_uplift", "uplift DESC, product_class"),
}


@dataclass(frozen=True)
class Profile:
    """One customer: tags by name, parties in the source systems, accounts, rows of published tables, and scores.

    No clear C2 value is in it: the analytical side holds tokens only, and identifiers of sources, which may be
    account numbers, show their last four characters.
    """

    customer_id: int
    as_of: date
    tags: Mapping[str, Any]
    parties: list[dict[str, Any]]
    accounts: list[dict[str, Any]]
    records: Mapping[str, list[dict[str, Any]]]
    scores: Mapping[str, list[dict[str, Any]]]


def profile(workspace: Workspace, customer_id: int, as_of: date | None = None) -> Profile:
    """What the night knows of a customer; raises KequnError where there is no such customer."""
    with reading(workspace, "identity", as_of=as_of) as night:
        found = _rows(night, "customer", f"customer_id = {int(customer_id)}", "customer_id")
        if not found:
            raise KequnError(
                f"There is no customer {customer_id} in the night of {night.night.as_of}.",
                "Find one: kequn audience list RULE, or give --party SOURCE:REFERENCE.",
            )
        return Profile(
            customer_id, night.night.as_of, found[0], _parties(workspace, night, customer_id),
            _accounts(workspace, night, customer_id), _records(night, customer_id),
            _scores(workspace, night, customer_id),
        )  # fmt: skip


def customer_of(workspace: Workspace, source: str, reference: str, as_of: date | None = None) -> int:
    """The customer_id of the party that ``source`` calls ``reference``; raises KequnError where there is none."""
    with reading(workspace, "identity", as_of=as_of) as night:
        _attach_bank(workspace, night, "party")
        text = f"""SELECT identity.customer_id FROM party JOIN identity ON party.party_id = identity.party_id
            WHERE party.source = {_quoted(source)} AND party.source_ref = {_quoted(reference)}"""
        found = night.rows(text, "party")
    if not found:
        raise KequnError(f"Source {source} has no party {masked(reference)}.", "Write it as SOURCE:REFERENCE.")
    return int(found[0]["customer_id"])


def masked(text: str | None) -> str:
    """The last four characters of an identifier; nothing of one that is shorter than eight."""
    if not text:
        return ""
    return HIDDEN + text[-SHOWN_END:] if len(text) >= 2 * SHOWN_END else HIDDEN


def _parties(workspace: Workspace, night: Reading, customer_id: int) -> list[dict[str, Any]]:
    _attach_bank(workspace, night, "party")
    secret = [column for column in contracts()["party"].columns if column.secret]
    tokens = ", ".join(f"party.{column.stored_name} IS NOT NULL AS {column.name}" for column in secret)
    text = f"""SELECT party.source, party.source_ref, party.system, party.first_seen, {tokens}
        FROM party JOIN identity ON party.party_id = identity.party_id
        WHERE identity.customer_id = {int(customer_id)} ORDER BY party.source, party.source_ref"""
    found = night.rows(text, "party")
    hidden = {column.name for column in secret}
    return [
        {name: (HIDDEN if value else None) if name in hidden else value for name, value in row.items()}
        | {"source_ref": masked(row["source_ref"])}
        for row in found
    ]


def _accounts(workspace: Workspace, night: Reading, customer_id: int) -> list[dict[str, Any]]:
    for table in ("account", "balance"):
        _attach_bank(workspace, night, table)
    columns = ", ".join(f"account.{name}" for name in contracts()["account"].stored_columns)
    text = f"""
        WITH held AS (
          SELECT {columns} FROM account JOIN identity ON account.party_id = identity.party_id
          WHERE identity.customer_id = {int(customer_id)}
        ),
        sums AS (
          SELECT balance.account_id, isum(balance.change_fen) AS balance_fen
          FROM balance JOIN held ON balance.account_id = held.account_id
          WHERE balance.valid_from <= as_of() GROUP BY balance.account_id
        )
        SELECT held.source, held.source_ref, held.asset_class, held.term, held.product_id, held.currency,
          held.opened_on, held.closed_on, held.matures_on, COALESCE(sums.balance_fen, 0) AS balance_fen
        FROM held LEFT JOIN sums ON held.account_id = sums.account_id
        ORDER BY balance_fen DESC, held.account_id"""
    return [row | {"source_ref": masked(row["source_ref"])} for row in night.rows(text, "account")]


def _records(night: Reading, customer_id: int) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for name, (table, order, owners) in RECORDS.items():
        if night.has(table):
            where = " OR ".join(f"{owner} = {int(customer_id)}" for owner in owners)
            found[name] = _rows(night, table, where, order)
    return found


def _scores(workspace: Workspace, night: Reading, customer_id: int) -> dict[str, list[dict[str, Any]]]:
    where = f"customer_id = {int(customer_id)}"
    found = {name: _rows(night, table, where, order) for name, (table, order) in SCORES.items() if night.has(table)}
    if found.get("product"):
        found["product"] = _with_names(workspace, night, found["product"])
    return found


def _with_names(workspace: Workspace, night: Reading, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with name_zh and name_en of their product, empty where no source lists it any more."""
    _attach_bank(workspace, night, "product")
    text = resources.files("kequn.insight.scores.product").joinpath("shelf.sql").read_text("utf-8")
    shelf = {each["product_id"]: each for each in night.rows(text, "shelf.sql")}
    names = ("name_zh", "name_en")
    return [row | {name: shelf.get(row["product_id"], {}).get(name) for name in names} for row in rows]


def _rows(night: Reading, table: str, where: str, order: str) -> list[dict[str, Any]]:
    columns = ", ".join(night.attach(table))
    return night.rows(f"SELECT {columns} FROM {table} WHERE {where} ORDER BY {order}", table)


def _attach_bank(workspace: Workspace, night: Reading, table: str) -> None:
    parts = part_infos(workspace, table, night.night.as_of)
    night.engine.attach(table, [part.folder for part in parts], contracts()[table].stored_columns)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
