"""``kequn explain``: every candidate of a customer is accounted for once, and the figures are those of the tables."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def candidates(rows_of) -> set[tuple[str, str, str]]:
    """All pairs of the night."""
    return {(row["campaign"], row["offer"], row["channel"]) for row in rows_of("bid_pair")}


def pairs_of(rows, candidates) -> list[tuple[str, str, str]]:
    found = []
    for row in rows:
        key = (row["campaign"], row["offer"], row["channel"])
        found += [key] if row["offer"] else [pair for pair in candidates if pair[0] == row["campaign"]]
    return found


def test_every_candidate_of_a_customer_is_told_once(kequn, decided, rows_of, candidates):
    campaigns = {pair[0] for pair in candidates}
    tried = rows_of("bid", "SELECT customer_id, fate FROM night ORDER BY bids DESC, customer_id LIMIT 8")
    tried += rows_of("bid", "SELECT customer_id, fate FROM night ORDER BY bids, customer_id LIMIT 8")
    kinds = set()
    for customer in tried:
        data = kequn("explain", str(customer["customer_id"]), "--json", home=decided).data
        told = [
            pair for kind in ("planned", "lost", "excluded", "worthless") for pair in pairs_of(data[kind], candidates)
        ]
        inside = {name for name, fate in zip(sorted(campaigns), customer["fate"], strict=True) if fate != -1}
        assert sorted(told) == sorted(pair for pair in candidates if pair[0] in inside)
        assert data["outside"] == len(campaigns) - len(inside)
        kinds |= {kind for kind in ("planned", "lost", "excluded", "worthless") if data[kind]}
    assert kinds == {"planned", "lost", "excluded", "worthless"}


def test_the_plan_shows_its_factors(kequn, decided, rows_of):
    row = rows_of("plan", "SELECT * FROM night ORDER BY customer_id LIMIT 1")[0]
    data = kequn("explain", str(row["customer_id"]), "--json", home=decided).data
    (told,) = [each for each in data["planned"] if each["rank"] == row["rank"]]
    worth = told["probability"] * told["value_fen"] * told["lever"] - told["cost_fen"]
    assert told["priority_fen"] == pytest.approx(worth, abs=1)
    assert told["gain_fen"] == pytest.approx(told["priority_fen"] - told["price_fen"], abs=1)
    out = kequn("--lang", "en", "explain", str(row["customer_id"]), home=decided).out
    assert "chance x value x lever - cost" in out
    assert f"propensity {row['propensity']:.3f}" in out


def test_what_lost_was_worth_less_than_what_won(kequn, decided, rows_of):
    planned = rows_of("plan", "SELECT DISTINCT customer_id FROM night ORDER BY customer_id")
    rows = planned[:12] + rows_of("bid", "SELECT customer_id FROM night WHERE bids > 1 ORDER BY customer_id LIMIT 6")
    prices = {row["name"]: row["price_fen"] for row in rows_of("price") if row["kind"] == "pair"}
    causes = set()
    for row in rows:
        data = kequn("explain", str(row["customer_id"]), "--json", home=decided).data
        best = max((each["gain_fen"] for each in data["planned"]), default=None)
        for lost in data["lost"]:
            causes.add(lost["cause"])
            if lost["channel"] != "rm":
                name = f"{lost['campaign']}/{lost['offer']}/{lost['channel']}"
                assert lost["toll_fen"] == pytest.approx(prices[name], abs=1)
            if lost["cause"] in ("lost", "same_campaign"):
                assert lost["gain_fen"] <= best
                assert (lost["to"]["campaign"] == lost["campaign"]) == (lost["cause"] == "same_campaign")
            if lost["cause"] == "priced_out":
                assert lost["gain_fen"] <= 0
    assert causes & {"lost", "same_campaign"}


def test_reasons_are_words_of_the_policy(kequn, decided, rows_of):
    row = rows_of("exclusion", "SELECT * FROM night WHERE reason = 'no_consent' LIMIT 1")[0]
    zh, en = (kequn("--lang", each, "explain", str(row["customer_id"]), home=decided).out for each in ("zh", "en"))
    assert "渠道未授权" in zh
    assert "No consent" in en


def test_unknown_customers_and_numbers_that_are_none_are_told(kequn, decided):
    for wrong in ("12345", "S1"):
        answer = kequn("explain", wrong, "--json", home=decided)
        assert answer.code == 1
        assert "audience list" in answer.fault["hint"]


def test_a_night_that_decided_nothing_says_how_to_add_a_campaign(kequn, night):
    answer = kequn("explain", str(night.customers[0]["customer_id"]), "--json", home=night.home)
    assert answer.code == 1
    assert "campaigns/" in answer.fault["hint"]


def test_somebody_outside_all_audiences_is_told_so(kequn, own_decided):
    for name in ("news", "later", "faulty"):
        (own_decided / "campaigns" / f"{name}.yaml").unlink()
    kequn("settle", home=own_decided)
    young = kequn("audience", "list", "age < 30", "--limit", "1", "--json", home=own_decided).data["rows"][0]
    data = kequn("explain", young["customer_id"], "--json", home=own_decided).data
    assert (data["outside"], data["planned"], data["lost"]) == (1, [], [])
    assert "in no campaign's audience" in kequn("--lang", "en", "explain", young["customer_id"], home=own_decided).out


def test_the_customer_page_tells_the_plan_briefly(kequn, decided, rows_of):
    number = str(rows_of("plan", "SELECT customer_id FROM night ORDER BY customer_id LIMIT 1")[0]["customer_id"])
    answer = kequn("customer", number, "--json", home=decided)
    assert answer.data["decisions"]["planned"]
    assert "计划：" in kequn("customer", number, home=decided).out
