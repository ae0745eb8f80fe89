"""``kequn settle``: what it prints is what the night's tables say, and what stops it is told."""

from __future__ import annotations

from collections import Counter

import yaml


def test_it_tells_campaigns_contacts_worth_and_prices(kequn, decided, rows_of):
    data = kequn("settle", "--json", home=decided).data
    (settlement,) = rows_of("settlement")
    plan = rows_of("plan")
    assert plan, "the sandbox's plan must not be empty"
    assert data["settlement"]["contacts"] == len(plan)
    assert data["settlement"]["value_fen"] == settlement["value_fen"]
    counted = Counter((row["campaign"], row["channel"]) for row in plan)
    assert {(row["campaign"], row["channel"]): row["contacts"] for row in data["contacts"]} == counted
    status = {row["campaign"]: (row["status"], row["planned"]) for row in data["campaigns"]}
    assert status["faulty"] == ("refused", None)
    assert status["later"] == ("waiting", None)
    assert status["news"] == ("bidding", sum(row["campaign"] == "news" for row in plan))
    assert sum(row["value_fen"] or 0 for row in data["campaigns"]) == sum(row["priority_fen"] for row in plan)
    assert {row["rule"] for row in data["simple_rules"]} == {"in_turn", "dearest_first", "best_first"}
    assert all(row["value_fen"] <= settlement["bound_fen"] for row in data["simple_rules"])


def test_prices_are_words_in_both_languages(kequn, decided, rows_of):
    told = {row["name"]: row for row in kequn("settle", "--json", home=decided).data["prices"]}
    zh, en = (kequn("--lang", language, "settle", home=decided).out for language in ("zh", "en"))
    scarce = [row for row in rows_of("price") if row["kind"] == "channel" and row["capacity"] is not None]
    assert len(scarce) == 8
    for row in scarce:
        free = row["price_fen"] == 0
        assert ("不紧缺" if free else "可多带来") in told[row["name"]]["zh"]
        assert ("not scarce" if free else "would bring") in told[row["name"]]["en"]
        assert told[row["name"]]["zh"] in zh
        assert told[row["name"]]["en"] in en


def test_owners_of_campaigns_that_take_no_part_see_why(kequn, decided):
    out = kequn("--lang", "en", "settle", home=decided).out
    assert "Did you mean cards?" in out
    assert "later starts on 2026-12-01" in out


def test_a_changed_capacity_is_settled_anew(kequn, own_decided):
    file = own_decided / "capacity.yaml"
    told = yaml.safe_load(file.read_text("utf-8"))
    told["channels"]["ai_call"]["contacts"] = 1
    file.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    data = kequn("settle", "--json", home=own_decided).data
    assert sum(row["contacts"] for row in data["contacts"] if row["channel"] == "ai_call") <= 1


def test_promises_that_contradict_end_with_the_message_and_what_to_lower(kequn, own_decided):
    file = own_decided / "campaigns" / "care_call.yaml"
    file.write_text(file.read_text("utf-8").replace("minimum: 2", "minimum: 49"), "utf-8")
    stated = own_decided / "capacity.yaml"
    told = yaml.safe_load(stated.read_text("utf-8"))
    for channel in ("ai_call", "sms"):
        told["channels"][channel]["contacts"] = 3
    stated.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    answer = kequn("settle", "--json", home=own_decided)
    assert answer.code == 1
    assert "care_call from 49 to 6" in answer.fault["error"]
    assert "minimum" in answer.fault["hint"]
    assert answer.data["settlement"]["status"] == "contradictory"
    assert answer.data["contacts"] == []


def test_a_faulty_policy_is_told_before_anything_runs(kequn, own_decided):
    (own_decided / "policy.yaml").write_text("contacts_per_night: many\n", "utf-8")
    answer = kequn("settle", "--json", home=own_decided)
    assert answer.code == 1
    assert "contacts_per_night" in answer.fault["error"]


def test_without_campaigns_it_says_how_to_add_one(kequn, night):
    answer = kequn("settle", "--json", home=night.home)
    assert answer.code == 1
    assert "campaigns/" in answer.fault["hint"]


def test_without_a_night_it_says_what_to_run(kequn):
    answer = kequn("settle", "--json")
    assert (answer.code, "kequn night" in answer.fault["hint"]) == (1, True)
