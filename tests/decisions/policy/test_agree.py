"""One policy, two evaluators: for random policies, bids and people both say the same, and some things never happen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.decisions.policy import rows, sets
from kequn.decisions.policy.rule import after_months
from kequn.decisions.policy.rules import reasons
from kequn.decisions.policy.terms import Silence

SEEDS = st.integers(0, 2**48)
many = settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])


def judged(scene):
    return sets.judge(scene.policy, scene.day, scene.bids, scene.batch(), scene.draws())


def by_rows(scene):
    return [
        [rows.reasons(scene.policy, scene.day, scene.bids, person, pair.number) for pair in scene.bids.pairs]
        for person in scene.people
    ]


def by_sets(scene):
    found, codes = judged(scene), [reason.code for reason in reasons(scene.policy)]

    def spelt(row, pair):
        masks = (found.campaign[row, pair.campaign], found.offer[row, pair.offer], found.pair[row, pair.number])
        return [code for bit, code in enumerate(codes) if any(int(mask) >> bit & 1 for mask in masks)]

    return [[spelt(row, pair) for pair in scene.bids.pairs] for row in range(len(scene.people))]


@many
@given(seed=SEEDS)
def test_both_evaluators_name_the_same_rules(scene, seed):
    made = scene(seed).scene()
    assert by_sets(made) == by_rows(made)


@many
@given(seed=SEEDS)
def test_allowed_is_who_has_no_reason(scene, seed):
    made = scene(seed).scene()
    assert judged(made).allowed(made.bids).tolist() == [[not codes for codes in person] for person in by_rows(made)]


@many
@given(seed=SEEDS)
def test_each_level_has_only_its_own_bits(scene, seed):
    made = scene(seed).scene()
    found = judged(made)
    for level in ("campaign", "offer", "pair"):
        own = sum(1 << bit for bit, reason in enumerate(reasons(made.policy)) if reason.level == level)
        assert not np.any(getattr(found, level) & ~np.int64(own))


@many
@given(seed=SEEDS)
def test_unknown_consent_is_no(scene, seed):
    made = scene(seed).scene()
    silent = [{k: None if k.startswith(("may_", "service_")) else v for k, v in row.items()} for row in made.people]
    made = replace(made, people=silent)
    assert not judged(made).allowed(made.bids).any()


@many
@given(seed=SEEDS)
def test_what_is_unsuitable_is_never_allowed(scene, seed):
    made = scene(seed).scene()
    allowed = judged(made).allowed(made.bids)
    for row, person in enumerate(made.people):
        for pair in made.bids.pairs:
            product = made.bids.offers[pair.offer].product
            if product is None or not allowed[row, pair.number]:
                continue
            assert product.on_sale
            if product.risk > 1:
                until = after_months(person["assessed_on"], made.policy.assessment_valid_months)
                assert person["risk_tolerance"] >= product.risk
                assert until > made.day.on
            if product.min_age or product.max_age < 120:
                assert product.min_age <= person["age"] <= product.max_age
            if product.private:
                assert person["tier"] in made.policy.private.tiers
                assert pair.channel in made.policy.private.channels
            assert product.region in ("", person["region"])


@many
@given(seed=SEEDS)
def test_less_known_is_never_more_allowed(scene, seed):
    # Three facts say by null that something never happened.
    never = ("risk_signal_kind", "days_since_complaint", "refused_days_")
    made = scene(seed).scene()
    dice = scene(seed + 1)
    drawn = ("customer_id", "universal_control", "holdout_", *never)
    less = [
        {k: v if k.startswith(drawn) or dice.chance(0.7) else None for k, v in person.items()}
        for person in made.people
    ]  # fmt: skip
    before, after = judged(made).allowed(made.bids), judged(replace(made, people=less)).allowed(made.bids)
    assert not (after & ~before).any()


@many
@given(seed=SEEDS)
def test_a_tighter_policy_excludes_the_same_and_more(scene, seed):
    made = scene(seed).scene()
    policy = made.policy
    tighter = replace(
        policy,
        caps=tuple(replace(cap, limit=max(cap.limit - 1, 0)) for cap in policy.caps),
        silence=Silence(policy.silence.refused_days + 1, policy.silence.complained_days + 1),
        private=replace(policy.private, tiers=policy.private.tiers[1:], channels=policy.private.channels[1:]),
        service_exempt=policy.service_exempt[1:],
    )
    before, after = judged(made), judged(replace(made, policy=tighter))
    for level in ("campaign", "offer", "pair"):
        assert not np.any(getattr(before, level) & ~getattr(after, level))
    # A shorter assessment turns "risk too high" into "not assessed", so that only the outcome compares.
    shorter = replace(tighter, assessment_valid_months=max(policy.assessment_valid_months - 1, 1))
    least = judged(replace(made, policy=shorter)).allowed(made.bids)
    assert not (least & ~after.allowed(made.bids)).any()


def test_batches_may_be_cut_anywhere(scene):
    dice = scene(11)
    made = dice.scene()
    people = [dice.person(made.policy, made.day, made.bids) for _ in range(40)]
    whole = by_sets(replace(made, people=people))
    parts = by_sets(replace(made, people=people[:13])) + by_sets(replace(made, people=people[13:]))
    assert whole == parts
    batch = pa.RecordBatch.from_pylist(people, schema=made.batch().schema)
    draws = replace(made, people=people).draws()
    cut = replace(draws, universal=draws.universal[7:], campaigns=draws.campaigns[:, 7:])
    sliced = sets.judge(made.policy, made.day, made.bids, batch.slice(7), cut).allowed(made.bids)
    assert sliced.tolist() == judged(replace(made, people=people)).allowed(made.bids)[7:].tolist()


def test_random_scenes_meet_every_rule_and_its_absence(scene):
    met, passed = set(), set()
    for seed in range(400):
        made = scene(seed).scene()
        codes = {reason.code for reason in reasons(made.policy)}
        for person in by_rows(made):
            for found in person:
                met |= set(found)
                passed |= codes - set(found)
    known = {reason.code for seed in range(40) for reason in reasons(scene(seed).scene().policy)}
    assert met == known
    assert passed == known
