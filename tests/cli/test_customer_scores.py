"""Scores of a customer in words: complete ones, and one whom no channel may reach."""

from __future__ import annotations

import pytest

from kequn.bank.contract import contracts
from kequn.cli.customer_scores import show_scores
from kequn.cli.screen import Choices, Screen
from kequn.insight.scores.words import CLASSES
from kequn.language import Language

DRIVER = {"driver_1": "pay", "driver_1_direction": "up", "driver_1_zh": "发薪2个月", "driver_1_en": "paid 2 months"}
OTHERS = {f"driver_{n}{field}": None for n in (2, 3) for field in ("", "_direction", "_zh", "_en")}
LEAVING = {"segment": "payroll", "level": "warn", "probability": 0.412, "aum_at_risk": 12_345_678, **DRIVER, **OTHERS}
CHANNEL = {"channel": "sms", "daypart": "any", "probability": 0.2, "rank": 1, "reachable": True, "reason": "best"}
NOBODY = {"channel": None, "daypart": None, "probability": None, "rank": 1, "reachable": False}
NAMED = {"rank": 1, "product_id": "DEP0001", "name_zh": "乐享存", "name_en": "Joy deposit", "score": 0.5}
UNLISTED = {"rank": 2, "product_id": "OLD0002", "name_zh": None, "name_en": None, "score": 0.4}
SCORES = {
    "attrition": [LEAVING, LEAVING | {"segment": "silver", "probability": 0.1}],
    "product": [each | {"reason_zh": "看过", "reason_en": "viewed"} for each in (NAMED, UNLISTED)],
    "liking": [{"wealth": 0.25, "fund": None}],
    "channel": [CHANNEL],
    "value": [
        {"product_class": name, "new_money_fen": 100, "retained_fen": 0, "value_fen": 5_000_000}
        for name in ("fund", "metal", "of_our_own")
    ],
    "uplift": [{"product_class": "fund", "uplift": 0.031, "response": 0.05}],
}


@pytest.fixture
def screen(tmp_path):
    return lambda language: Screen(Choices(tmp_path, language), False)


ZH = "预警 41.2% 发薪2个月 silver 乐享存 DEP0001 看过 OLD0002 25.0% 首选 3.1% 5.00万 基金 贵金属 of_our_own"
EN = "warning 41.2% paid silver Joy DEP0001 viewed OLD0002 25.0% best 3.1% fund precious of_our_own"


@pytest.mark.parametrize(("language", "words"), [(Language.ZH, ZH.split()), (Language.EN, EN.split())])
def test_everything_is_said(screen, capsys, language, words):
    show_scores(screen(language), SCORES)
    said = capsys.readouterr().out
    assert [word for word in words if word not in said] == []


def test_every_class_of_the_standard_table_has_a_name():
    assert set(CLASSES) == set(contracts()["product"].column("product_class").allowed)


def test_somebody_whom_no_channel_may_reach_is_told_so(screen, capsys):
    show_scores(screen(Language.EN), {"channel": [NOBODY | {"reason": "no_channel_allowed"}]})
    assert "no channel is allowed" in capsys.readouterr().out


def test_without_scores_nothing_is_printed(screen, capsys):
    show_scores(screen(Language.ZH), {})
    assert capsys.readouterr().out == ""
