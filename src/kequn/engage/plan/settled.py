"""What the night settled, as the pages of the plan show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kequn.decisions.capacity import Capacity, capacity
from kequn.decisions.overview import by_channel, campaigns, table
from kequn.decisions.scarcity import FEN, Leads, leads, said
from kequn.engage.language import say
from kequn.engage.orgs.scope import Scope
from kequn.engage.plan.attached import attached
from kequn.engage.plan.fields import TIER_NAMES
from kequn.engage.site.night import Night, Rows
from kequn.engage.site.words import CHANNELS
from kequn.errors import KequnError
from kequn.insight.reading import definitions

LARGEST = 20
LEFT = ("audience", "eligible", "planned")
AFTER = ("not_worth", "elsewhere", "priced_out")


@dataclass(frozen=True)
class Settled:
    """Bank-wide: ``settlement``, ``simple`` rules with their share of the plan's value, ``campaigns`` with sizes,
    ``departments`` and ``channels`` with contacts and value, ``prices`` in words, prices of ``leads``, ``holdouts``.
    """

    settlement: dict[str, Any]
    simple: Rows
    campaigns: Rows
    departments: Rows
    channels: Rows
    prices: Rows
    leads: Leads
    holdouts: Rows


def settled(night: Night) -> Settled | None:
    """Everything that the night settled, read once a night; None where it had no campaigns."""
    return night.kept("settled", lambda: _settled(night))


def _settled(night: Night) -> Settled | None:
    opened = attached(night)
    if opened is None:
        return None
    told, contacts = table(opened, "settlement", "planned_day")[0], by_channel(opened)
    prices, pairs = table(opened, "price", "kind, name"), table(opened, "bid_pair", "pair")
    known = _capacity(night)
    simple = table(opened, "simple_rule", "value_fen") if night.has("simple_rule") else []
    whole = told["value_fen"] or 0
    told |= {"gap_text": f"{100 * told['gap']:.2f}%"}
    return Settled(
        told, [row | {"share": row["value_fen"] / whole if whole else None} for row in simple],
        campaigns(opened, contacts), _departments(night, known), _channels(prices, contacts),
        said(night.workspace, prices, pairs), leads(prices),
        table(opened, "holdout_balance", "experiment") if night.has("holdout_balance") else [],
    )  # fmt: skip


def _capacity(night: Night) -> Capacity | None:
    """Names and floors of departments; none where the file is faulty."""
    try:
        return capacity(night.workspace)
    except KequnError:
        return None


def _departments(night: Night, known: Capacity | None) -> Rows:
    """Contacts, value, shares and floors of every department that the plan or the capacity names."""
    query = """SELECT department, count(*) AS contacts, sum(priority_fen)::BIGINT AS value_fen,
        count(*) FILTER (WHERE purpose = 'marketing') AS marketing FROM plan GROUP BY department"""
    found = {row["department"]: row for row in night.rows(query)} if night.has("plan") else {}
    named = known.departments if known else {}
    contacts = sum(row["marketing"] for row in found.values())
    value = sum(row["value_fen"] for row in found.values())
    rows = []
    for name in [*named, *(each for each in found if each not in named)]:
        row = found.get(name, {"contacts": 0, "value_fen": 0, "marketing": 0})
        label = named.get(name)
        rows.append(
            {
                "department": name, "zh": label.zh if label else name, "en": label.en if label else name,
                "contacts": row["contacts"], "value_fen": row["value_fen"],
                "contact_share": row["marketing"] / contacts if contacts else None,
                "value_share": row["value_fen"] / value if value else None, "floor": label.floor if label else 0.0,
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: -row["value_fen"])


def _channels(prices: Rows, contacts: Rows) -> Rows:
    """Use of each channel, and what its contacts are worth."""
    value: dict[str, int] = {}
    for row in contacts:
        value[row["channel"]] = value.get(row["channel"], 0) + row["value_fen"]
    return [
        {
            "channel": row["name"], "capacity": row["capacity"], "used": round(row["used"]),
            "share": row["used"] / row["capacity"] if row["capacity"] else None, "value_fen": value.get(row["name"], 0),
            "price_fen": row["price_fen"], "zh": CHANNELS[row["name"]][0], "en": CHANNELS[row["name"]][1],
        }
        for row in prices
        if row["kind"] == "channel" and row["name"] in CHANNELS
    ]  # fmt: skip


def part(night: Night, scope: Scope) -> dict[str, Any]:
    """The part of the plan within a scope: contacts and value in all, by campaign and channel, and by RM."""
    if not night.has("plan"):
        return {"contacts": 0, "value_fen": 0, "customers": 0, "rows": [], "staff": []}
    return night.kept(("part", scope), lambda: _part(night, scope))


def _part(night: Night, scope: Scope) -> dict[str, Any]:
    where, values = scope.condition("customer")
    source = f"FROM plan JOIN customer ON plan.customer_id = customer.customer_id WHERE {where}"
    sums = "count(*) AS contacts, coalesce(sum(plan.priority_fen), 0)::BIGINT AS value_fen"
    total = night.row(f"SELECT {sums}, count(DISTINCT plan.customer_id) AS customers {source}", **values) or {}
    rows = night.rows(
        f"""SELECT plan.campaign, any_value(campaign.zh) AS zh, any_value(campaign.en) AS en, plan.channel, {sums}
        FROM plan JOIN customer ON plan.customer_id = customer.customer_id
        LEFT JOIN campaign ON campaign.campaign = plan.campaign WHERE {where}
        GROUP BY plan.campaign, plan.channel ORDER BY value_fen DESC, plan.campaign, plan.channel""",
        **values,
    )
    staff = night.rows(
        f"""SELECT plan.staff_id, {sums} {source} AND plan.staff_id IS NOT NULL
        GROUP BY plan.staff_id ORDER BY value_fen DESC, plan.staff_id LIMIT {LARGEST}""",
        **values,
    )
    return total | {"rows": [row | _channel(row["channel"]) for row in rows], "staff": staff}


def _channel(name: str) -> dict[str, str]:
    zh, en = CHANNELS.get(name, (name, name))
    return {"channel_zh": zh, "channel_en": en}


def campaign(night: Night, name: str, scope: Scope) -> dict[str, Any] | None:
    """One campaign: terms, funnel, exclusions, contacts by channel, and whom it reaches; None where there is none."""
    whole = settled(night)
    row = next((each for each in whole.campaigns if each["campaign"] == name), None) if whole else None
    if whole is None or row is None:
        return None
    return night.kept(("campaign", name, scope), lambda: _campaign(night, whole, row, scope))


def _campaign(night: Night, whole: Settled, row: dict[str, Any], scope: Scope) -> dict[str, Any]:
    name = row["campaign"]
    steps = night.rows(
        "SELECT step, code, zh, en, customers FROM funnel WHERE campaign = $name ORDER BY step", name=name
    )
    mine = [each for each in part(night, scope)["rows"] if each["campaign"] == name]
    # The funnel counts the whole bank, which only those see who may see the whole bank.
    open_to = steps if scope.everything else []
    budget = next((each for each in whole.prices if (each["kind"], each["name"]) == ("budget", name)), None)
    department = next((each for each in whole.departments if each["department"] == row["department"]), None)
    return row | {
        "department_row": department, "yuan_fen": budget["price_fen"] * FEN if budget else None, "steps": open_to,
        "funnel": _left(open_to), "excluded": _excluded(night, name, scope, open_to),
        "contacts": mine, "planned_here": sum(each["contacts"] for each in mine),
        "value_here": sum(each["value_fen"] for each in mine),
        "holdout_row": next((each for each in whole.holdouts if each["experiment"] == name), None),
        "tonight_fen": _spent(night, name, scope), "reach": _reach(night, name, scope),
    }  # fmt: skip


def _left(steps: Rows) -> list[tuple[str, int, str]]:
    """Who is left after each stage, with the largest losses named."""
    counted = {row["code"]: row["customers"] for row in steps}
    if not counted.get("audience"):
        return []
    losses = [row for row in steps if row["code"] not in (*LEFT, *AFTER) and row["customers"]]
    losses.sort(key=lambda row: -row["customers"])
    worth = counted["eligible"] - counted.get("not_worth", 0)
    free = worth - counted.get("elsewhere", 0)
    ruled = say("；", "; ").join(f"{say(row['zh'], row['en'])} −{row['customers']:,}" for row in losses[:2])
    unworthy = _loss(say("收益不抵成本", "not worth the cost"), counted.get("not_worth", 0))
    elsewhere = _loss(say("让位", "lost to another"), counted.get("elsewhere", 0))
    scarce = _loss(say("资源不足", "too little capacity"), counted.get("priced_out", 0))
    return [
        (say("目标客群", "Audience"), counted["audience"], ""),
        (say("规则允许", "Eligible"), counted["eligible"], ruled),
        (say("值得触达", "Worth it"), worth, unworthy),
        (say("未让位", "Not lost to others"), free, elsewhere),
        (say("列入计划", "Planned"), counted["planned"], scarce),
    ]


def _loss(why: str, lost: int) -> str:
    return f"{why} −{lost:,}" if lost else ""


def _excluded(night: Night, name: str, scope: Scope, steps: Rows) -> Rows:
    """Customers by first reason of their exclusion from the whole campaign, within the scope."""
    if scope.everything:
        out = [row for row in steps if row["code"] not in (*LEFT, *AFTER) and row["customers"]]
        return sorted(out, key=lambda row: -row["customers"])
    where, values = scope.condition("customer")
    return night.rows(
        f"""SELECT reason AS code, any_value(funnel.zh) AS zh, any_value(funnel.en) AS en,
          count(DISTINCT exclusion.customer_id) AS customers
        FROM exclusion JOIN customer ON exclusion.customer_id = customer.customer_id
        LEFT JOIN funnel ON funnel.campaign = exclusion.campaign AND funnel.code = exclusion.reason
        WHERE exclusion.campaign = $name AND exclusion.offer IS NULL AND {where}
        GROUP BY reason ORDER BY customers DESC, reason""",
        name=name, **values,
    )  # fmt: skip


def _spent(night: Night, name: str, scope: Scope) -> int:
    """What tonight's contacts are expected to cost, in fen."""
    if not night.has("plan"):
        return 0
    where, values = scope.condition("customer")
    return int(
        night.value(
            f"""SELECT coalesce(sum(plan.cost_fen), 0)::BIGINT FROM plan
            JOIN customer ON plan.customer_id = customer.customer_id WHERE plan.campaign = $name AND {where}""",
            name=name, **values,
        )
    )  # fmt: skip


def _reach(night: Night, name: str, scope: Scope) -> dict[str, Rows]:
    """Planned customers by tier and branch."""
    if not night.has("plan"):
        return {"tier": [], "branch": [], "segment": []}
    where, values = scope.condition("customer")
    source = f"""FROM (SELECT DISTINCT customer_id FROM plan WHERE campaign = $name) AS planned
        JOIN customer ON planned.customer_id = customer.customer_id WHERE {where}"""
    night.bank("org")
    tiers = night.rows(f"SELECT tier AS code, count(*) AS customers {source} GROUP BY tier", name=name, **values)
    branches = night.rows(
        f"""SELECT reached.branch_id AS code, org.name_zh AS zh, org.name_en AS en, reached.customers
        FROM (SELECT branch_id, count(*) AS customers {source} GROUP BY branch_id) AS reached
        LEFT JOIN org ON org.org_id = reached.branch_id ORDER BY reached.customers DESC, code LIMIT {LARGEST}""",
        name=name, **values,
    )  # fmt: skip
    order = list(TIER_NAMES)
    tiers = [
        row | {"zh": TIER_NAMES[row["code"]][0], "en": TIER_NAMES[row["code"]][1]}
        for row in sorted(tiers, key=lambda row: order.index(row["code"]))
    ]
    return {"tier": tiers, "branch": branches, "segment": _segments(night, source, {"name": name} | values)}


def _segments(night: Night, source: str, values: dict[str, Any]) -> Rows:
    """Planned customers by segment; a customer may be in several."""
    known = definitions(night.workspace).segments
    names = [name for name in night.columns["customer"] if name in known]
    if not names:
        return []
    counted = ", ".join(f'count(*) FILTER (WHERE customer."{name}") AS "{name}"' for name in names)
    row = night.row(f"SELECT {counted} {source}", **values) or {}
    rows = [{"code": name, "zh": known[name].zh, "en": known[name].en, "customers": row[name]} for name in names]
    return sorted(rows, key=lambda each: -each["customers"])
