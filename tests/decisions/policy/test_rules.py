"""Every rule by hand: one person whom nothing excludes, and what excludes them once one thing changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from kequn.decisions.bids import BidCampaign
from kequn.decisions.policy import load, rows, sets
from kequn.decisions.policy.rule import after_months
from kequn.decisions.policy.rules import reasons
from kequn.decisions.policy.terms import Day, Hours, QuietDays
from kequn.errors import KequnError

SMS, AI_CALL, RM = 0, 3, 7
HOLIDAY = Day(date(2026, 10, 1), holiday=True)


def changed(scene, **facts):
    return replace(scene, people=[scene.people[0] | facts])


def offering(scene, **limits):
    offer = scene.bids.offers[0]
    bids = replace(scene.bids, offers=(replace(offer, product=replace(offer.product, **limits)),))
    return replace(scene, bids=bids)


def campaigning(scene, **fields):
    return replace(scene, bids=replace(scene.bids, campaigns=(replace(scene.bids.campaigns[0], **fields),)))


def under(scene, **terms):
    return replace(scene, policy=replace(scene.policy, **terms))


def said(scene, pair=SMS):
    """By both evaluators."""
    found = rows.reasons(scene.policy, scene.day, scene.bids, scene.people[0], pair)
    judged = sets.judge(scene.policy, scene.day, scene.bids, scene.batch(), scene.draws())
    bits = int(judged.campaign[0, 0] | judged.offer[0, 0] | judged.pair[0, pair])
    assert [reason.code for bit, reason in enumerate(reasons(scene.policy)) if bits >> bit & 1] == found
    return found


def test_nothing_excludes_the_plain_person(plain):
    assert [said(plain, pair.number) for pair in plain.bids.pairs] == [[]] * len(plain.bids.pairs)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({"risk_signal_kind": "deceased"}, ["risk_deceased"]),
        ({"risk_signal_kind": "minor"}, ["risk_minor"]),
        ({"risk_signal_kind": "money_laundering"}, ["risk_money_laundering"]),
        ({"risk_signal_kind": "fraud"}, ["risk_fraud"]),
        ({"risk_signal_kind": "delinquency"}, ["risk_delinquency"]),
        ({"risk_signal_kind": "open_complaint"}, ["risk_open_complaint"]),
        ({"risk_signal_kind": "sanctions"}, ["risk_other"]),
        ({"days_since_complaint": 0}, ["complained"]),
        ({"days_since_complaint": 179}, ["complained"]),
        ({"days_since_complaint": 180}, []),
        ({"opted_out": True}, ["opted_out"]),
        ({"opted_out": None}, ["opted_out"]),
        ({"personalisation_refused": True}, ["personalisation_refused"]),
        ({"universal_control": True}, ["universal_control"]),
        ({"holdout_0": True}, ["campaign_holdout"]),
        ({"used_daily": 1}, ["cap_daily"]),
        ({"used_weekly": 2}, []),
        ({"used_weekly": 3, "used_monthly": 8}, ["cap_weekly", "cap_monthly"]),
        ({"used_daily": None}, ["cap_daily"]),
        ({"used_calls": 5}, []),
        ({"refused_days_0": 89}, ["refused_offer"]),
        ({"refused_days_0": 90}, []),
        ({"risk_tolerance": None}, ["not_assessed"]),
        ({"assessed_on": None}, ["not_assessed"]),
        ({"assessed_on": date(2025, 6, 30)}, ["not_assessed"]),
        ({"assessed_on": date(2025, 7, 1)}, []),
        ({"risk_tolerance": 1}, ["risk_too_high"]),
        ({"risk_tolerance": 2}, []),
        ({"may_sms": False}, ["no_consent"]),
        ({"may_sms": None, "has_mobile": None}, ["no_consent", "unreachable"]),
        ({"may_app": False, "service_sms": False, "holds_0": True, "app_user": False}, []),
        ({"age": None, "aum": None, "region": None, "tier": None}, []),
    ],
)  # fmt: skip
def test_one_fact(plain, facts, codes):
    assert said(changed(plain, **facts)) == codes


@pytest.mark.parametrize(
    ("limits", "facts", "codes"),
    [
        ({"on_sale": False}, {}, ["not_on_sale"]),
        ({"product_class": "insurance"}, {"holds_0": True}, ["already_holds"]),
        ({"product_class": "insurance"}, {"holds_0": None}, ["already_holds"]),
        ({"product_class": "deposit", "subtype": "time"}, {"holds_0": True}, []),
        ({"risk": 1}, {"assessed_on": None, "risk_tolerance": None}, []),
        ({"risk": 4}, {}, ["risk_too_high"]),
        ({"min_age": 40, "max_age": 40}, {}, []),
        ({"min_age": 41}, {}, ["too_young_or_old"]),
        ({"max_age": 39}, {}, ["too_young_or_old"]),
        ({"max_age": 39}, {"age": None}, ["too_young_or_old"]),
        ({"min_amount_fen": 10_000_000}, {}, []),
        ({"min_amount_fen": 10_000_001}, {}, ["amount"]),
        ({"min_amount_fen": 1}, {"aum": None}, ["amount"]),
        ({"min_amount_fen": 10_000_001, "product_class": "loan"}, {}, []),
        ({"region": "HZ"}, {}, []),
        ({"region": "NB"}, {}, ["region"]),
        ({"region": "NB"}, {"region": None}, ["region"]),
        ({"private": True}, {}, ["private_tier", "private_channel"]),
        ({"private": True}, {"tier": "private"}, ["private_channel"]),
    ],
)
def test_one_limit_of_the_product(plain, limits, facts, codes):
    assert said(offering(changed(plain, **facts), **limits)) == codes


def test_private_products_go_through_the_rm_to_their_tiers(plain):
    private = offering(plain, private=True)
    assert said(private, RM) == ["private_tier"]
    assert said(changed(private, tier="diamond"), RM) == []
    assert said(changed(private, tier="diamond", staff_id=None), RM) == ["unreachable"]


@pytest.mark.parametrize(
    ("channel", "means"),
    [("sms", "has_mobile"), ("rcs", "has_mobile"), ("ai_call", "has_mobile"), ("agent_call", "has_mobile"),
     ("app", "app_user"), ("rm", "staff_id"), ("email", "has_email"), ("wecom", None), ("popup", None)],
)  # fmt: skip
def test_a_channel_needs_its_means_and_no_other(plain, channel, means):
    pair = next(pair.number for pair in plain.bids.pairs if pair.channel == channel)
    bare = changed(plain, has_mobile=False, app_user=False, staff_id=None, has_email=False)
    assert said(bare, pair) == (["unreachable"] if means else [])
    assert said(changed(bare, **({means: plain.people[0][means]} if means else {})), pair) == []


def test_calls_have_a_cap_of_their_own_and_rest_on_holidays(plain):
    assert said(changed(plain, used_calls=1), AI_CALL) == ["cap_calls"]
    assert said(changed(plain, assessed_on=date(2026, 9, 1)), AI_CALL) == []
    festive = replace(changed(plain, used_calls=1), day=HOLIDAY)
    assert said(festive, AI_CALL) == ["holiday", "cap_calls"]
    assert said(festive, SMS) == []
    allowed = under(festive, calls=replace(festive.policy.calls, on_public_holidays=True))
    assert said(allowed, AI_CALL) == ["cap_calls"]


@pytest.mark.parametrize("quiet", [QuietDays((date(2026, 6, 30),), ()), QuietDays((), ("tuesday",))])
def test_quiet_days_are_without_marketing(plain, quiet):
    assert said(under(plain, quiet_days=quiet)) == ["quiet_day"]
    assert said(campaigning(under(plain, quiet_days=quiet), purpose="service")) == []


def test_who_refused_personalised_marketing_gets_what_everybody_gets(plain):
    assert said(campaigning(changed(plain, personalisation_refused=True), everybody=True)) == []


def test_service_messages_are_no_marketing_but_need_their_own_consent(plain):
    tired = changed(
        plain, used_daily=9, used_weekly=9, used_monthly=9, used_calls=9, days_since_complaint=1, refused_days_0=1,
        personalisation_refused=True, universal_control=True, holdout_0=True, risk_signal_kind="fraud",
        may_ai_call=False,
    )  # fmt: skip
    service = campaigning(tired, purpose="service")
    assert said(service, AI_CALL) == []
    assert said(changed(service, service_ai_call=None), AI_CALL) == ["no_consent"]
    assert said(changed(service, risk_signal_kind="deceased"), AI_CALL) == ["risk_deceased"]
    assert said(changed(service, opted_out=True), AI_CALL) == ["opted_out"]
    assert said(changed(service, risk_tolerance=1), AI_CALL) == ["risk_too_high"]


def test_an_offer_without_a_product_has_no_limits_of_one(plain):
    bids = replace(plain.bids, offers=(replace(plain.bids.offers[0], product=None),))
    bare = changed(replace(plain, bids=bids), age=None, assessed_on=None, holds_0=None, aum=None)
    assert said(bare) == []


def test_every_reason_has_words_in_both_languages_and_a_code_of_its_own():
    found = reasons(load.load(""))
    assert len({reason.code for reason in found}) == len(found) == len({reason.zh for reason in found})
    for reason in found:
        assert all((reason.zh, reason.en, reason.explain_en.endswith("."), reason.explain_zh.endswith("。")))
        assert len(reason.zh) <= 12
        assert len(reason.en) <= 30
    levels = [reason.level for reason in found]
    assert levels == sorted(levels, key=("campaign", "offer", "pair").index)


def test_a_campaign_that_nobody_bids_for_by_any_channel_is_left_alone(plain):
    extra = BidCampaign(1, "autumn", "marketing", everybody=True, holdout_share=0)
    idle = changed(replace(plain, bids=replace(plain.bids, campaigns=(*plain.bids.campaigns, extra))), in_1=True)
    idle = changed(idle, holdout_1=True, opted_out=True)
    found = sets.judge(idle.policy, idle.day, idle.bids, idle.batch(), idle.draws())
    assert found.campaign[0].tolist()[1] == 0 < found.campaign[0].tolist()[0]


def test_facts_that_are_left_out_are_refused(plain):
    batch = plain.batch().drop_columns(["refused_days_0"])
    with pytest.raises(KequnError, match="no column refused_days_0"):
        sets.judge(plain.policy, plain.day, plain.bids, batch, plain.draws())
    place = plain.batch().schema.get_field_index("age")
    other = plain.batch().set_column(place, "age", plain.batch().column("age").cast("string"))
    with pytest.raises(KequnError, match="age of the facts is string, not int64"):
        sets.judge(plain.policy, plain.day, plain.bids, other, plain.draws())
    person = {name: value for name, value in plain.people[0].items() if name != "opted_out"}
    with pytest.raises(KeyError, match="opted_out"):
        rows.reasons(plain.policy, plain.day, plain.bids, person, SMS)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [("2024-02-29", 12, "2025-02-28"), ("2026-01-31", 1, "2026-02-28"), ("2025-12-15", 1, "2026-01-15"),
     ("2026-03-31", -1, "2026-02-28"), ("2026-01-10", -13, "2024-12-10"), ("2025-06-30", 12, "2026-06-30")],
)  # fmt: skip
def test_months_later_is_the_same_day_or_the_last(day, months, then):
    assert after_months(date.fromisoformat(day), months) == date.fromisoformat(then)


@pytest.mark.parametrize(
    ("start", "end", "moment", "quiet"),
    [("21:00", "08:00", "21:00", True), ("21:00", "08:00", "07:59", True), ("21:00", "08:00", "08:00", False),
     ("12:00", "14:00", "12:00", True), ("12:00", "14:00", "14:00", False), ("08:00", "08:00", "08:00", False)],
)  # fmt: skip
def test_quiet_hours_go_over_midnight(start, end, moment, quiet):
    hours = Hours(time.fromisoformat(start), time.fromisoformat(end))
    assert hours.contain(time.fromisoformat(moment)) is quiet
