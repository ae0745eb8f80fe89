"""Transition matrices and movers, against pairs counted in plain Python."""

import random
from collections import Counter
from datetime import date

import pytest

from kequn.engine.macros import Parameters
from kequn.errors import KequnError
from kequn.insight.tiers.moves import TIERS, movers, transition

MAY, APRIL, MARCH = date(2025, 5, 1), date(2025, 4, 1), date(2025, 3, 1)
TODAY = date(2025, 6, 17)
HISTORY = {
    "customer_id": "BIGINT",
    "month": "DATE",
    "month_avg_fen": "BIGINT",
    "earned_rank": "BIGINT",
    "tier_rank": "BIGINT",
}
NOW = {
    "customer_id": "BIGINT", "tier_rank": "BIGINT", "aum_month_avg": "BIGINT", "branch_id": "VARCHAR",
    "org_id": "VARCHAR", "staff_id": "VARCHAR",
}  # fmt: skip


@pytest.fixture
def standing(bank):
    """Tier rank and average of 60 customers in three months and now."""
    chance = random.Random(6)
    ranks = {
        month: {number: (chance.choice([0, 0, 0, 1, 2, 5]), chance.randrange(1, 10**6)) for number in range(60)}
        for month in (MARCH, APRIL, MAY, TODAY)
    }
    bank._attach("tier_month", HISTORY, [
        {"customer_id": number, "month": month, "month_avg_fen": average, "earned_rank": rank, "tier_rank": rank}
        for month in (MARCH, APRIL, MAY)
        for number, (rank, average) in ranks[month].items()
        if rank > 0
    ])  # fmt: skip
    bank._attach("customer", NOW, [
        {"customer_id": number, "tier_rank": rank, "aum_month_avg": average, "branch_id": f"b{number}"}
        for number, (rank, average) in ranks[TODAY].items()
    ])  # fmt: skip
    return bank.engine, Parameters(TODAY, bank.settings), ranks


@pytest.mark.parametrize(("old", "new"), [(APRIL, MAY), (MARCH, MAY), (MAY, TODAY), (MAY, APRIL)])
def test_matrix(standing, old, new):
    engine, parameters, ranks = standing
    wanted = Counter((TIERS[ranks[old][n][0]], TIERS[ranks[new][n][0]]) for n in range(60))
    cells = transition(engine, parameters, old.replace(day=3), new)
    assert len(cells) == 36
    assert {(cell.tier_from, cell.tier_to): cell.customers for cell in cells if cell.customers} == dict(wanted)
    for cell in cells:
        pair = (cell.tier_from, cell.tier_to)
        members = [n for n in range(60) if (TIERS[ranks[old][n][0]], TIERS[ranks[new][n][0]]) == pair]
        assert cell.month_avg_from_fen == sum(ranks[old][n][1] for n in members if ranks[old][n][0])
        assert cell.month_avg_to_fen == sum(ranks[new][n][1] for n in members if ranks[new][n][0])


@pytest.mark.parametrize("way", ["up", "down"])
def test_who_moved(standing, way):
    engine, parameters, ranks = standing

    def kept(n, month):
        rank, average = ranks[month][n]
        return average if rank else 0

    moved = [
        n for n in range(60)
        if (ranks[TODAY][n][0] > ranks[MAY][n][0] if way == "up" else ranks[TODAY][n][0] < ranks[MAY][n][0])
    ]  # fmt: skip
    moved.sort(key=lambda n: (-abs(kept(n, TODAY) - kept(n, MAY)), n))
    rows = movers(engine, parameters, MAY, TODAY, way=way, limit=7)
    assert [row["customer_id"] for row in rows] == moved[:7]
    for row in rows:
        n = row["customer_id"]
        assert (row["tier_from"], row["tier_to"]) == (TIERS[ranks[MAY][n][0]], TIERS[ranks[TODAY][n][0]])
        assert (row["month_avg_from_fen"], row["month_avg_to_fen"]) == (kept(n, MAY), kept(n, TODAY))
        assert row["branch_id"] == f"b{n}"


@pytest.mark.parametrize("month", [date(2025, 2, 1), date(2025, 7, 1)])
def test_a_month_without_history(standing, month):
    engine, parameters, _ = standing
    with pytest.raises(KequnError, match=r"no tier history for 2025-0[27]. This night knows .* 2025-03 to 2025-06"):
        transition(engine, parameters, month, MAY)


def test_a_move_has_two_ways(standing):
    engine, parameters, _ = standing
    with pytest.raises(KequnError, match="up or down, not sideways"):
        movers(engine, parameters, APRIL, MAY, way="sideways", limit=5)
