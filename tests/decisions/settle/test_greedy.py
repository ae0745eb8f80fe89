"""Simple rules against a plain loop over bids, sorted and handed out one by one."""

from __future__ import annotations

import numpy as np
import pytest

from kequn.decisions.settle import greedy
from kequn.decisions.settle.sweeps import held


def by_hand(bank, turns) -> tuple[np.ndarray, int]:
    """Contacts by pair and the sum of priorities, with nothing but lists and dictionaries."""
    pairs, limits = bank.pairs, bank.limits
    who, pair, priority = bank.entries()
    draw, rm = (bank.batch.column(name).to_numpy() for name in ("draw", "rm"))
    customer, rooms = bank.batch.column("customer_id").to_numpy(), bank.rooms()
    used: dict[tuple[str, int], int] = {}
    served: set[tuple[int, int]] = set()
    contacts, value = np.zeros(len(pairs), np.int64), 0

    def takes(i: int, p: int):
        yield "channel", pairs.channel[p], 1
        yield "offer", pairs.offer[p], 1
        yield "campaign", pairs.campaign[p], 1
        yield "budget", pairs.campaign[p], pairs.cost[p]
        if pairs.owned[p]:
            yield "rm", rm[i], 1
            yield "branch", limits.branch_of[rm[i]], 1

    for campaigns in turns:
        mine = [n for n in range(len(who)) if pairs.campaign[pair[n]] in campaigns]
        mine.sort(key=lambda n: (-priority[n], draw[who[n]], customer[who[n]], pair[n]))
        for n in mine:
            i, p = who[n], pair[n]
            caps = [] if pairs.service[p] else np.flatnonzero(pairs.caps[p]).tolist()
            needs = list(takes(i, p))
            full = any(
                getattr(limits, kind)[at] >= 0 and used.get((kind, at), 0) + many > getattr(limits, kind)[at]
                for kind, at, many in needs
            )
            if full or (i, pairs.campaign[p]) in served or any(rooms[i, cap] <= 0 for cap in caps):
                continue
            for kind, at, many in needs:
                used[kind, at] = used.get((kind, at), 0) + many
            served.add((i, pairs.campaign[p]))
            rooms[i, caps] -= 1
            contacts[p] += 1
            value += int(priority[n])
    return contacts, value


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("band", [8_000_000, 40])
def test_campaigns_in_turn_and_one_queue_are_those_of_a_plain_loop(bank, monkeypatch, seed, band):
    monkeypatch.setattr(greedy, "BAND", band)
    made = bank(seed, 60)
    sweeps = held([made.batch], made.pairs, len(made.limits.rm))
    campaigns = range(len(made.limits.campaign))
    for rule, turns in ((greedy.in_turn, [[n] for n in campaigns]), (greedy.best_first, [list(campaigns)])):
        found, (contacts, value) = rule(sweeps, made.pairs, made.limits), by_hand(made, turns)
        assert found.contacts.tolist() == contacts.tolist()
        assert value - found.value == pytest.approx(penalty(made, contacts), abs=1)


def penalty(made, contacts: np.ndarray) -> float:
    marketing = np.where(made.pairs.service, 0, contacts)
    missing = [
        max(0.0, round(share, 6) * marketing.sum() - marketing[made.pairs.department == number].sum())
        for number, share in enumerate(made.limits.floor)
    ]
    return sum(missing) * made.limits.floor_price


def test_the_dearest_campaign_goes_first(bank):
    made = bank(3, 80, ("channel",))
    who, pair, priority = made.entries()
    campaign = made.pairs.campaign[pair]
    means = [priority[campaign == number].mean() for number in range(4)]
    turns = [[int(number)] for number in np.argsort(means)[::-1]]
    sweeps = held([made.batch], made.pairs, len(made.limits.rm))
    found = greedy.dearest_first(sweeps, made.pairs, made.limits)
    assert found.contacts.tolist() == by_hand(made, turns)[0].tolist()


def test_promises_that_a_rule_misses_are_counted(bank):
    made = bank(5, 60, ("minimum",))
    made.limits.minimum[:] = 1000
    found = greedy.in_turn(held([made.batch], made.pairs, len(made.limits.rm)), made.pairs, made.limits)
    assert found.short == 4000 - int(found.contacts.sum())
