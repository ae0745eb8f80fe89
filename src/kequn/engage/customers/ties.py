"""A customer's relations, consents, risk, tier history and changes of identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kequn.engage.customers import layout
from kequn.engage.customers.vault import masked_values
from kequn.engage.customers.words import MOVES, PURPOSES, RELATIONS, of
from kequn.engage.orgs.models import Staff
from kequn.engage.site.night import Night, Rows
from kequn.engage.site.words import CHANNELS, SIGNAL_NAMES
from kequn.insight.reading import definitions

ALL = {"all": ("全部渠道", "All channels")}  # what a consent may be for

PARTIES = "(SELECT party_id FROM identity WHERE customer_id = $id)"
MONTHS_MOST = 24


@dataclass(frozen=True)
class Ties:
    """Rows in words."""

    relations: Rows
    consents: Rows
    signals: Rows
    assessments: Rows
    tiers: Rows
    changes: Rows


def ties(night: Night, user: Staff, customer_id: int) -> Ties:
    """Everything that binds or restricts a customer; a related stranger is shown without a name or a link."""
    night.bank("relation", "risk_signal", "risk_profile")
    return Ties(
        _relations(night, user, customer_id), _consents(night, customer_id), _signals(night, customer_id),
        _assessments(night, customer_id), _tiers(night, customer_id), _changes(night, customer_id),
    )  # fmt: skip


def _relations(night: Night, user: Staff, customer_id: int) -> Rows:
    scope, values = user.scope.condition("customer")
    text = f"""
        WITH tie AS (
          SELECT related_party_id AS party_id, kind, since, TRUE AS forth FROM relation WHERE party_id IN {PARTIES}
          UNION ALL
          SELECT party_id, kind, since, FALSE FROM relation WHERE related_party_id IN {PARTIES}
        )
        SELECT identity.customer_id, tie.kind, MIN(tie.since) AS since, BOOL_OR(tie.forth) AS forth,
          ANY_VALUE(customer.tier) AS tier, ANY_VALUE(customer.aum) AS aum
        FROM tie JOIN identity ON identity.party_id = tie.party_id
        LEFT JOIN customer ON customer.customer_id = identity.customer_id AND {scope}
        WHERE identity.customer_id <> $id
        GROUP BY identity.customer_id, tie.kind ORDER BY tie.kind, since, identity.customer_id"""
    rows = night.rows(text, id=customer_id, **values)
    names = masked_values(row["customer_id"] for row in rows if row["tier"])
    return [row | {"name": names.get(row["customer_id"], {}).get("name", ""), "kind_name": of(RELATIONS, row["kind"])}
            for row in rows]  # fmt: skip


def _consents(night: Night, customer_id: int) -> Rows:
    """The last word on each channel and purpose."""
    text = f"""
        SELECT channel, purpose, granted, decided_at, expires_on FROM ({layout.of_party(night, "consent")})
        WHERE decided_at < CAST($as_of AS DATE) + INTERVAL 1 DAY
        QUALIFY ROW_NUMBER() OVER (PARTITION BY channel, purpose ORDER BY decided_at DESC, consent_id DESC) = 1
        ORDER BY purpose, channel"""
    return [row | _standing(row, night) for row in night.rows(text, id=customer_id, as_of=night.as_of)]


def _standing(row: dict[str, Any], night: Night) -> dict[str, Any]:
    expired = row["expires_on"] is not None and row["expires_on"] < night.as_of
    state = "refused" if not row["granted"] else "expired" if expired else "granted"
    return {
        "state": state,
        "channel_name": of(CHANNELS | ALL, row["channel"]),
        "purpose_name": of(PURPOSES, row["purpose"]),
    }


def _signals(night: Night, customer_id: int) -> Rows:
    text = f"""SELECT kind, raised_on, cleared_on FROM risk_signal
        WHERE party_id IN {PARTIES} AND raised_on <= $as_of ORDER BY raised_on DESC, kind"""
    return [
        row
        | {
            "name": of(SIGNAL_NAMES, row["kind"]),
            "open": not row["cleared_on"] or row["cleared_on"] > night.as_of,
        }
        for row in night.rows(text, id=customer_id, as_of=night.as_of)
    ]


def _assessments(night: Night, customer_id: int) -> Rows:
    text = f"""SELECT assessed_on, tolerance FROM risk_profile
        WHERE party_id IN {PARTIES} AND assessed_on <= $as_of ORDER BY assessed_on DESC LIMIT 5"""
    return night.rows(text, id=customer_id, as_of=night.as_of)


def _tiers(night: Night, customer_id: int) -> Rows:
    """Months above the lowest tier, newest first, with the names of the tier held and of the tier earned."""
    if not night.has("tier_month"):
        return []
    names = list(definitions(night.workspace).tags["tier"].values.values())
    text = f"""SELECT month, month_avg_fen, earned_rank, tier_rank FROM tier_month
        WHERE customer_id = $id ORDER BY month DESC LIMIT {MONTHS_MOST}"""
    return [
        row | {"tier_zh": names[row["tier_rank"]][0], "tier_en": names[row["tier_rank"]][1],
               "earned_zh": names[row["earned_rank"]][0], "earned_en": names[row["earned_rank"]][1]}
        for row in night.rows(text, id=customer_id)
    ]  # fmt: skip


def _changes(night: Night, customer_id: int) -> Rows:
    if not night.has("identity_change"):
        return []
    text = """SELECT customer_before, customer_after, parties, kind FROM identity_change
        WHERE customer_before = $id OR customer_after = $id ORDER BY customer_before, customer_after"""
    return [row | {"name": of(MOVES, row["kind"])} for row in night.rows(text, id=customer_id)]
