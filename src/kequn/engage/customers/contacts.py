"""Contacts and responses of a customer over every channel, on one timeline."""

from __future__ import annotations

from kequn.engage.customers import layout
from kequn.engage.customers.words import OUTCOMES, PURPOSES, RESPONSES, of
from kequn.engage.site.night import Night, Rows
from kequn.engage.site.words import CHANNELS

MOST = 100
GOOD = {"interested", "bought"}
BAD = {"refused", "complained", "opted_out"}


def timeline(night: Night, customer_id: int) -> Rows:
    """The latest contacts, newest first, each with the answers to it."""
    text = f"""
        WITH mine AS (
          SELECT contact_id, campaign, offer, channel, purpose, contacted_at, outcome
          FROM ({layout.of_party(night, "contact")})
          WHERE contacted_at < CAST($as_of AS DATE) + INTERVAL 1 DAY
          ORDER BY contacted_at DESC, contact_id LIMIT {MOST}
        )
        SELECT mine.*, answer.kind, answer.responded_at, answer.amount_fen
        FROM mine LEFT JOIN (
          SELECT contact_id, kind, responded_at, amount_fen FROM ({layout.of_party(night, "response")})
          WHERE responded_at < CAST($as_of AS DATE) + INTERVAL 1 DAY
        ) AS answer ON answer.contact_id = mine.contact_id
        ORDER BY mine.contacted_at DESC, mine.contact_id, answer.responded_at"""
    contacts: dict[int, dict[str, object]] = {}
    names = _campaigns(night)
    for row in night.rows(text, id=customer_id, as_of=night.as_of):
        answers = contacts.setdefault(row["contact_id"], _contact(row, names))["answers"]
        if row["kind"] and isinstance(answers, list):
            weight = "good" if row["kind"] in GOOD else "bad" if row["kind"] in BAD else ""
            answers.append({"name": of(RESPONSES, row["kind"]), "at": row["responded_at"],
                            "amount_fen": row["amount_fen"], "weight": weight})  # fmt: skip
    return list(contacts.values())


def _contact(row: dict[str, object], names: dict[str, tuple[str, str]]) -> dict[str, object]:
    return {
        "at": row["contacted_at"], "channel": of(CHANNELS, str(row["channel"])),
        "campaign": of(names, str(row["campaign"])) if row["campaign"] else "",
        "purpose": of(PURPOSES, str(row["purpose"])), "outcome": of(OUTCOMES, str(row["outcome"])),
        "failed": row["outcome"] == "failed", "answers": [],
    }  # fmt: skip


def _campaigns(night: Night) -> dict[str, tuple[str, str]]:
    """Names of the campaigns that the night knows."""
    if not night.has("campaign"):
        return {}
    rows = night.kept("campaign names", lambda: night.rows("SELECT campaign, zh, en FROM campaign"))
    return {row["campaign"]: (row["zh"] or row["campaign"], row["en"] or row["campaign"]) for row in rows}
