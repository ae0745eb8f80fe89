"""Rules of a channel: private products, consent, means to reach the customer, calls on holidays."""

from __future__ import annotations

from kequn.decisions.bids import SERVICE
from kequn.decisions.policy.people import Bools, People
from kequn.decisions.policy.rule import Case, Person, Reason, Rule
from kequn.insight.scores.channel.reach import MEANS


def _consent(case: Case) -> str:
    return f"{'service' if case.campaign.purpose == SERVICE else 'may'}_{case.channel}"


def _unreachable_many(people: People, case: Case) -> Bools:
    means = MEANS[case.channel]
    return ~(people.filled(means) if means == "staff_id" else people.flag(means, unknown=False))


def _unreachable(person: Person, case: Case) -> bool:
    return person[MEANS[case.channel]] in (None, False)


RULES = (
    Rule(
        Reason(
            "private_channel", "pair", "渠道不可推私募", "Not by this channel",
            "私募产品不得通过该渠道推荐。", "A private product may not be spoken of by this channel.",
        ),
        many=lambda people, case: people.everyone(),
        one=lambda person, case: True,
        applies=lambda case: case.product.private and case.channel not in case.policy.private.channels,
    ),
    Rule(
        Reason(
            "no_consent", "pair", "渠道未授权", "No consent",
            "客户没有授权通过该渠道接收此类信息；未知视为未授权。",
            "The customer has not consented to this purpose by this channel; unknown is no.",
        ),
        many=lambda people, case: ~people.flag(_consent(case), unknown=False),
        one=lambda person, case: person[_consent(case)] is not True,
    ),
    Rule(
        Reason(
            "unreachable", "pair", "无法触达", "Unreachable",
            "客户没有该渠道所需的手机号、手机银行、客户经理或邮箱。",
            "The customer lacks what the channel needs: a mobile, the app, an RM, or an e-mail address.",
        ),
        many=_unreachable_many,
        one=_unreachable,
        applies=lambda case: case.channel in MEANS,
    ),
    Rule(
        Reason(
            "holiday", "pair", "节假日不外呼", "No calls on holidays",
            "计划日为法定节假日，不进行外呼。", "The planned day is a public holiday, when no calls are made.",
        ),
        many=lambda people, case: people.everyone(),
        one=lambda person, case: True,
        applies=lambda case: (
            case.day.holiday and case.channel in case.policy.calls.channels and not case.policy.calls.on_public_holidays
        ),
        exempt="holiday",
    ),
)  # fmt: skip
