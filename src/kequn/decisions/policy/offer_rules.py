"""Rules of an offer: on sale, not held, not refused, and suitable in risk, age, amount, region and tier."""

from __future__ import annotations

from datetime import date, timedelta

from kequn.decisions.bids import NO_AGE_LIMIT
from kequn.decisions.policy.people import Bools, People
from kequn.decisions.policy.rule import Case, Person, Reason, Rule, after_months

NO_RISK = 1


def _oldest_valid(case: Case) -> date:
    """The earliest day of an assessment that is valid on the planned day."""
    months = case.policy.assessment_valid_months
    day = after_months(case.day.on, -months) - timedelta(days=3)
    while after_months(day, months) <= case.day.on:
        day += timedelta(days=1)
    return day


def _assessed_many(people: People, case: Case) -> Bools:
    return people.since("assessed_on", _oldest_valid(case)) & people.filled("risk_tolerance")


def _assessed(person: Person, case: Case) -> bool:
    assessed_on, tolerance = person["assessed_on"], person["risk_tolerance"]
    if assessed_on is None or tolerance is None:
        return False
    return after_months(assessed_on, case.policy.assessment_valid_months) > case.day.on


def _refused(person: Person, case: Case) -> bool:
    days = person[f"refused_days_{case.offer.number}"]
    return days is not None and days < case.policy.silence.refused_days


def _of_wrong_age_many(people: People, case: Case) -> Bools:
    found = people.below("age", case.product.min_age, unknown=True)
    if case.product.max_age < NO_AGE_LIMIT:
        found = found | ~people.below("age", case.product.max_age + 1, unknown=False)
    return found


def _of_wrong_age(person: Person, case: Case) -> bool:
    age, product = person["age"], case.product
    if age is None or age < product.min_age:
        return True
    return product.max_age < NO_AGE_LIMIT and age > product.max_age


RULES = (
    Rule(
        Reason(
            "not_on_sale", "offer", "产品不在售", "Not on sale",
            "计划日该产品不在售。", "The product is not on sale on the planned day.",
        ),
        many=lambda people, case: people.everyone(),
        one=lambda person, case: True,
        applies=lambda case: not case.product.on_sale,
    ),
    Rule(
        Reason(
            "already_holds", "offer", "已持有", "Already holds",
            "该类产品只持有一份，客户已持有。", "The product is held once, and the customer holds it.",
        ),
        many=lambda people, case: people.flag(f"holds_{case.offer.number}", unknown=True),
        one=lambda person, case: person[f"holds_{case.offer.number}"] is not False,
        applies=lambda case: case.product.within(case.policy.held_once),
    ),
    Rule(
        Reason(
            "refused_offer", "offer", "近期已拒绝", "Refused lately",
            "客户近期拒绝过该权益或产品，静默期内不再推荐。",
            "The customer refused this offer, which is silent for a time.",
        ),
        many=lambda people, case: people.below(
            f"refused_days_{case.offer.number}", case.policy.silence.refused_days, unknown=False
        ),
        one=_refused,
        exempt="refused_offer",
    ),
    Rule(
        Reason(
            "not_assessed", "offer", "无有效风险评估", "No valid assessment",
            "产品有风险，客户没有有效的风险承受能力评估。",
            "The product bears risk, and the customer has no valid assessment of risk tolerance.",
        ),
        many=lambda people, case: ~_assessed_many(people, case),
        one=lambda person, case: not _assessed(person, case),
        applies=lambda case: case.product.risk > NO_RISK,
    ),
    Rule(
        Reason(
            "risk_too_high", "offer", "超出风险承受能力", "Risk too high",
            "产品风险等级高于客户的风险承受能力。", "The product's risk is above the customer's risk tolerance.",
        ),
        many=lambda people, case: _assessed_many(people, case)
        & people.below("risk_tolerance", case.product.risk, unknown=False),
        one=lambda person, case: _assessed(person, case) and person["risk_tolerance"] < case.product.risk,
        applies=lambda case: case.product.risk > NO_RISK,
    ),
    Rule(
        Reason(
            "too_young_or_old", "offer", "年龄不符", "Too young or old",
            "客户年龄不在产品允许的范围内，或年龄未知。",
            "The customer's age is outside the product's limits, or unknown.",
        ),
        many=_of_wrong_age_many,
        one=_of_wrong_age,
        applies=lambda case: case.product.min_age > 0 or case.product.max_age < NO_AGE_LIMIT,
    ),
    Rule(
        Reason(
            "amount", "offer", "金额不足", "Amount too small",
            "客户金融资产低于产品起购金额。", "The customer's AUM is below the product's smallest amount.",
        ),
        many=lambda people, case: people.below("aum", case.product.min_amount_fen, unknown=True),
        one=lambda person, case: (person["aum"] or 0) < case.product.min_amount_fen,
        applies=lambda case: case.product.min_amount_fen > 0 and case.product.within(case.policy.funded),
    ),
    Rule(
        Reason(
            "region", "offer", "地区不符", "Other region",
            "产品不在客户所在地区销售。", "The product is not sold in the customer's region.",
        ),
        many=lambda people, case: ~people.among("region", (case.product.region,)),
        one=lambda person, case: person["region"] != case.product.region,
        applies=lambda case: case.product.region != "",
    ),
    Rule(
        Reason(
            "private_tier", "offer", "非私行层级", "Not of a private tier",
            "私募产品只面向规定层级的客户。", "A private product is for customers of certain tiers only.",
        ),
        many=lambda people, case: ~people.among("tier", case.policy.private.tiers),
        one=lambda person, case: person["tier"] not in case.policy.private.tiers,
        applies=lambda case: case.product.private,
    ),
)  # fmt: skip
