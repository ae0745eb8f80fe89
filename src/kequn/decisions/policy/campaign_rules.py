"""Rules about the customer, of a whole campaign: signals, complaints, opt-outs, quiet days, control groups."""

from __future__ import annotations

from kequn.decisions.bids import MARKETING
from kequn.decisions.policy.rule import Case, Person, Reason, Rule
from kequn.decisions.policy.terms import EVERYTHING, MARKETING_ONLY, SIGNALS


def _signal(kind: str, zh: str, en: str) -> Rule:
    def applies(case: Case) -> bool:
        scope = case.policy.risk_signals[kind]
        return scope == EVERYTHING or (scope == MARKETING_ONLY and case.campaign.purpose == MARKETING)

    explain = f"客户有未解除的风险信号：{zh}。", f"A risk signal stands for the customer: {en.lower()}."
    return Rule(
        Reason(f"risk_{kind}", "campaign", zh, en, *explain),
        many=lambda people, case: people.among("risk_signal_kind", (kind,)),
        one=lambda person, case: person["risk_signal_kind"] == kind,
        applies=applies,
    )


def _complained(person: Person, case: Case) -> bool:
    days = person["days_since_complaint"]
    return days is not None and days < case.policy.silence.complained_days


RULES = (
    _signal("deceased", "身故", "Deceased"),
    _signal("minor", "未成年", "Minor"),
    _signal("money_laundering", "洗钱风险", "Money laundering"),
    _signal("fraud", "欺诈风险", "Fraud"),
    _signal("delinquency", "逾期", "Delinquency"),
    _signal("open_complaint", "投诉未结", "Open complaint"),
    Rule(
        Reason(
            "risk_other", "campaign", "其他风险信号", "Other risk signal",
            "客户有系统未知类型的风险信号，按不可营销处理。",
            "A risk signal of an unknown kind stands for the customer.",
        ),
        many=lambda people, case: people.filled("risk_signal_kind") & ~people.among("risk_signal_kind", SIGNALS),
        one=lambda person, case: person["risk_signal_kind"] not in (None, *SIGNALS),
        applies=lambda case: case.campaign.purpose == MARKETING,
    ),
    Rule(
        Reason(
            "complained", "campaign", "近期投诉", "Complained",
            "客户近期投诉，静默期内不予营销。", "The customer complained, and everything is silent for a time.",
        ),
        many=lambda people, case: people.below(
            "days_since_complaint", case.policy.silence.complained_days, unknown=False
        ),
        one=_complained,
        exempt="complained",
    ),
    Rule(
        Reason(
            "opted_out", "campaign", "已退订", "Opted out",
            "客户已退订，永久有效。", "The customer opted out, which holds for ever.",
        ),
        many=lambda people, case: people.flag("opted_out", unknown=True),
        one=lambda person, case: person["opted_out"] is not False,
        exempt="opted_out",
    ),
    Rule(
        Reason(
            "quiet_day", "campaign", "静默日", "Quiet day",
            "计划日为不营销的静默日。", "The planned day is one without marketing.",
        ),
        many=lambda people, case: people.everyone(),
        one=lambda person, case: True,
        applies=lambda case: case.policy.quiet_days.contain(case.day.on),
        exempt="quiet_day",
    ),
    Rule(
        Reason(
            "personalisation_refused", "campaign", "拒绝个性化营销", "No personalised marketing",
            "客户拒绝个性化营销，只参加面向全体的活动。",
            "The customer refused personalised marketing and only gets what everybody gets.",
        ),
        many=lambda people, case: people.flag("personalisation_refused", unknown=True),
        one=lambda person, case: person["personalisation_refused"] is not False,
        applies=lambda case: not case.campaign.everybody,
        exempt="personalisation_refused",
    ),
    Rule(
        Reason(
            "universal_control", "campaign", "全局对照组", "Universal control",
            "客户在全局对照组，不参加任何营销，用于衡量整体增量。",
            "The customer is in the universal control group, which no marketing reaches, to see what it changes.",
        ),
        many=lambda people, case: people.draws.universal,
        one=lambda person, case: person["universal_control"] is not False,
        exempt="universal_control",
    ),
    Rule(
        Reason(
            "campaign_holdout", "campaign", "活动对照组", "Campaign holdout",
            "客户在该活动的对照组，用于衡量活动增量。",
            "The customer is in the campaign's holdout, to see what the campaign changes.",
        ),
        many=lambda people, case: people.draws.campaigns[case.campaign.number],
        one=lambda person, case: person[f"holdout_{case.campaign.number}"] is not False,
        exempt="campaign_holdout",
    ),
)  # fmt: skip
