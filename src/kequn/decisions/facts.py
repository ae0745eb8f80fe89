"""What decisions ask of each customer, as one query: the policy's facts, chances, values, who is in which audience."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlglot import exp

from kequn.decisions.campaign import CHANNELS
from kequn.decisions.takers import taker_columns, taker_query
from kequn.decisions.tonight import Tonight
from kequn.engine.build import Build
from kequn.engine.macros import Parameters
from kequn.engine.query import Query, compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.rules import compile_rule
from kequn.insight.scores.channel.reach import consent_query

CONTACTED, REFUSED, HELD, TAKER = "decision_contacted", "decision_refused", "decision_held", "decision_taker"
MAY, SERVICE = "decision_may", "decision_service"
TAGS = (
    "tier", "region", "risk_signal_kind", "aum", "risk_tolerance", "opted_out", "personalisation_refused",
    "has_mobile", "app_user",
)  # fmt: skip


def define(build: Build, definitions: Catalogue, parameters: Parameters, tonight: Tonight) -> Query:
    """Expose what the facts join, and return their query: one row a customer who is in some audience."""
    planned = Parameters(tonight.planned_day, parameters.settings)
    build.define(MAY, consent_query(CHANNELS, planned))
    build.define(SERVICE, consent_query(CHANNELS, planned, "service", "service"))
    build.define(CONTACTED, _contacted(planned, tonight))
    build.define(REFUSED, _refused(planned, tonight))
    build.define(HELD, _held(parameters, tonight))
    build.define(TAKER, taker_query(parameters, build.columns, tonight))
    return _whole(definitions, parameters, planned, tonight)


def _whole(definitions: Catalogue, parameters: Parameters, planned: Parameters, tonight: Tonight) -> Query:
    tags = ", ".join(f"c.{name}" for name in TAGS if name in definitions.types)
    columns = [
        *(f"COALESCE(m.may_{channel}, FALSE) AS may_{channel}" for channel in CHANNELS),
        *(f"COALESCE(s.service_{channel}, FALSE) AS service_{channel}" for channel in CHANNELS),
        *(f"COALESCE(t.used_{cap.name}, 0) AS used_{cap.name}" for cap in tonight.policy.caps),
        *(f"r.refused_days_{offer.number}" for offer in tonight.bids.offers),
        *(f"COALESCE(h.holds_{offer.number}, FALSE) AS holds_{offer.number}" for offer in tonight.bids.offers),
        *(f"k.{name}" for name in taker_columns(tonight)),
    ]
    text = f"""SELECT c.customer_id, {tags}, rm.staff_id,
  age_on(b.birth_date, DATE '{planned.as_of}') AS age,
  add_days(as_of(), 0 - c.days_since_assessment) AS assessed_on,
  days_between(r.complained_on, DATE '{planned.as_of}') AS days_since_complaint,
  COALESCE(m.has_email, FALSE) AS has_email, {", ".join(columns)}
FROM customer AS c
JOIN customer_base AS b ON c.customer_id = b.customer_id
LEFT JOIN {MAY} AS m ON c.customer_id = m.customer_id
LEFT JOIN {SERVICE} AS s ON c.customer_id = s.customer_id
LEFT JOIN {CONTACTED} AS t ON c.customer_id = t.customer_id
LEFT JOIN {REFUSED} AS r ON c.customer_id = r.customer_id
LEFT JOIN {HELD} AS h ON c.customer_id = h.customer_id
LEFT JOIN {TAKER} AS k ON c.customer_id = k.customer_id
LEFT JOIN (SELECT staff_id FROM staff WHERE active AND role IN ('rm', 'chief_rm') GROUP BY staff_id) AS rm
  ON c.staff_id = rm.staff_id"""
    query = compile_query(text, parameters, "decision facts")
    return _with_audiences(query, definitions, parameters, tonight)


def _with_audiences(query: Query, definitions: Catalogue, parameters: Parameters, tonight: Tonight) -> Query:
    """The query with a flag ``in_<campaign>`` for each campaign, and only customers who are in one."""
    tree = query.tree.copy()
    assert isinstance(tree, exp.Select)
    rules = [_audience(definitions, parameters, tonight, number) for number in range(len(tonight.campaigns))]
    flags = [exp.alias_(exp.func("COALESCE", rule.copy(), exp.false()), f"in_{n}") for n, rule in enumerate(rules)]
    chosen = tree.select(*flags).where(exp.or_(*(exp.paren(rule) for rule in rules)) if rules else exp.false())
    return Query(query.origin, chosen)


def _audience(definitions: Catalogue, parameters: Parameters, tonight: Tonight, number: int) -> exp.Expr:
    campaign = tonight.campaigns[number]
    if campaign.everybody:
        return exp.true()
    origin = f"campaigns/{campaign.name}, audience"
    rule = compile_rule(campaign.audience, definitions.types, parameters, origin, definitions.values)
    for column in rule.find_all(exp.Column):
        column.set("table", exp.to_identifier("c"))
    return rule


def _contacted(planned: Parameters, tonight: Tonight) -> Query:
    """Marketing contacts of each cap's window, which ends on the planned day: made, or planned and not yet reported."""
    counts = []
    for cap in tonight.policy.caps:
        first = planned.as_of - timedelta(days=cap.days - 1)
        channels = f" AND channel IN ({_texts(cap.channels)})" if cap.channels else ""
        counts.append(f"COUNT(CASE WHEN day >= DATE '{first}'{channels} THEN 1 END) AS used_{cap.name}")
    longest = max((cap.days for cap in tonight.policy.caps), default=1)
    start = planned.as_of - timedelta(days=longest - 1)
    text = f"""WITH made AS (
  SELECT identity.customer_id, contact.channel, date_of(contact.contacted_at) AS day
  FROM contact JOIN identity ON contact.party_id = identity.party_id
  WHERE contact.purpose = 'marketing' AND contact.outcome <> 'failed' AND contact.contacted_at >= DATE '{start}'
  UNION ALL
  SELECT customer_id, channel, planned_day AS day FROM plan_standing
  WHERE purpose = 'marketing' AND planned_day >= DATE '{start}'
)
SELECT customer_id, {", ".join([*counts, "COUNT(*) AS made"])} FROM made GROUP BY customer_id"""
    return compile_query(text, planned, CONTACTED)


def _refused(planned: Parameters, tonight: Tonight) -> Query:
    """Days since each offer was last refused, and the day of the last complaint."""
    days = []
    for bid, (campaign, offer) in zip(tonight.bids.offers, tonight.offers, strict=True):
        same = f"contact.campaign = '{campaign.name}' AND contact.offer = '{offer.name}'"
        if offer.product is not None:
            same = f"({same} OR contact.product_id = {exp.Literal.string(offer.product).sql()})"
        last = f"MAX(CASE WHEN response.kind = 'refused' AND {same} THEN date_of(response.responded_at) END)"
        days.append(f"days_between({last}, DATE '{planned.as_of}') AS refused_days_{bid.number}")
    complained = "MAX(CASE WHEN response.kind = 'complained' THEN date_of(response.responded_at) END) AS complained_on"
    text = f"""SELECT identity.customer_id, {", ".join([complained, *days])}
FROM response
JOIN identity ON response.party_id = identity.party_id
LEFT JOIN contact ON response.contact_id = contact.contact_id
WHERE response.kind IN ('refused', 'complained')
GROUP BY identity.customer_id"""
    return compile_query(text, planned, REFUSED)


def _held(parameters: Parameters, tonight: Tonight) -> Query:
    """Which offered products each customer holds: an open account, loan or card."""
    flags = []
    for bid, (_, offer) in zip(tonight.bids.offers, tonight.offers, strict=True):
        same = f"product_id = {exp.Literal.string(offer.product).sql()}" if offer.product else "FALSE"
        flags.append(f"bool_or({same}) AS holds_{bid.number}")
    text = f"""WITH held AS (
  SELECT customer_id, product_id FROM account
  WHERE opened_on <= as_of() AND (closed_on IS NULL OR closed_on > as_of())
    AND (matures_on IS NULL OR matures_on >= as_of())
  UNION ALL
  SELECT identity.customer_id, loan.product_id FROM loan JOIN identity ON loan.party_id = identity.party_id
  WHERE loan.granted_on <= as_of() AND (loan.closed_on IS NULL OR loan.closed_on > as_of())
  UNION ALL
  SELECT identity.customer_id, card.product_id FROM card JOIN identity ON card.party_id = identity.party_id
  WHERE card.issued_on <= as_of() AND (card.expires_on IS NULL OR card.expires_on >= as_of())
)
SELECT customer_id, {", ".join([*flags, "COUNT(*) AS products"])} FROM held GROUP BY customer_id"""
    return compile_query(text, parameters, HELD)


def _texts(values: Iterable[str]) -> str:
    return ", ".join(exp.Literal.string(value).sql() for value in values)
