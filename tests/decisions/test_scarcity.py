"""Prices in words."""

from __future__ import annotations

import pytest

from kequn.decisions.scarcity import amount, leads, said

PAIRS = [{"campaign": "spring", "offer": "coupon", "offer_zh": "礼券", "offer_en": "Coupon"}]


def price(kind: str, name: str, price_fen: float, capacity: int | None = 10, used: float = 10.0, **more):
    row = {"kind": kind, "name": name, "price_fen": price_fen, "capacity": capacity, "used": used, "lowered": 0}
    return row | {"branch": None} | more


@pytest.mark.parametrize(
    ("row", "zh", "en"),
    [
        (price("channel", "ai_call", 62.66), "多一通智能外呼可多带来 0.63 元",
         "one more AI call would bring 0.63 yuan"),
        (price("channel", "sms", 0.0), "多一次短信：不紧缺", "one more SMS contact: not scarce"),
        (price("channel", "rcs", 0.25), "多一次5G消息可多带来 0.25 分",
         "one more 5G message contact would bring 0.25 fen"),
        (price("offer", "spring/coupon", 150.0), "多一份礼券（spring）可多带来 1.50 元",
         "one more unit of Coupon (spring) would bring 1.50 yuan"),
        (price("campaign", "spring", 5.0), "多一次 spring 的触达可多带来 0.05 元",
         "one more contact a day of spring would bring 0.05 yuan"),
        # A fen of budget that brings 1.37 fen: a yuan brings 1.37 yuan.
        (price("budget", "spring", 1.37), "多一元 spring 的预算可多带来 1.37 元",
         "one more yuan of budget of spring would bring 1.37 yuan"),
        (price("minimum", "spring", 326.4), "承诺给 spring 的触达：每一次让出 3.26 元",
         "contacts promised to spring: each costs 3.26 yuan"),
        (price("minimum", "spring", 0.0), "承诺给 spring 的触达：无代价", "contacts promised to spring: cost nothing"),
        (price("floor", "deposits", 300.0, 0, -162.5), "存款部的保底份额：每一次触达让出 3.00 元，仍差 162 次",
         "floor of Deposits: each contact costs 3.00 yuan; 162 contacts are missing"),
        (price("floor", "nobody", 0.0, 0, 4.0), "nobody的保底份额：无代价", "floor of nobody: costs nothing"),
    ],
)  # fmt: skip
def test_a_price_is_told_in_both_languages(workspace, row, zh, en):
    (told,) = said(workspace, [row], PAIRS)
    assert (told["zh"], told["en"]) == (zh, en)


def test_the_dearest_of_a_kind_comes_first_and_what_has_no_limit_is_not_told(workspace):
    rows = [price("budget", "spring", 9.0), price("channel", "sms", 1.0), price("channel", "ai_call", 2.0)]
    rows += [price("channel", "rm", 0.0, None), price("rm", "S1", 3.0), price("pair", "a/b/sms", 1.0, None)]
    assert [row["name"] for row in said(workspace, rows, PAIRS)] == ["ai_call", "sms", "spring"]


def test_a_faulty_capacity_stops_nobody_who_reads(workspace):
    (workspace.home / "capacity.yaml").write_text("channels: 5\n", "utf-8")
    (told,) = said(workspace, [price("channel", "ai_call", 100.0)], PAIRS)
    assert told["zh"] == "多一次ai_call可多带来 1.00 元"


def test_a_lead_pays_its_rm_and_its_branch():
    rows = [price("rm", f"S{n}", float(n), branch="B1" if n % 2 else "B2") for n in range(8)]
    found = leads([*rows, price("branch", "B1", 10.0), price("branch", "B2", 0.0)])
    assert (found.rms, found.scarce, found.most_fen) == (8, 7, 17.0)
    assert found.mean_fen == pytest.approx((28 + 4 * 10) / 8)
    assert [row["staff_id"] for row in found.dearest] == ["S7", "S5", "S3", "S1", "S6"]
    assert [row["branch_id"] for row in found.branches] == ["B1"]


def test_without_rms_there_are_no_leads():
    assert leads([price("channel", "sms", 1.0)]).rms == 0


@pytest.mark.parametrize(("fen", "en"), [(0.0, "0.00 yuan"), (0.044, "0.044 fen"), (123456.7, "1,234.57 yuan")])
def test_small_amounts_are_not_lost(fen, en):
    assert amount(fen)[1] == en
