from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kequn.decisions.campaign import CHANNELS, Campaign, Offer
from kequn.decisions.document import read
from kequn.errors import KequnError

LINES = """name: spring
zh: 春季
en: Spring
department: deposits
audience: payroll
starts: 2026-01-01
ends: 2026-06-30
holdout: 0.1
budget_yuan: 1000.00
daily_limit: 50
minimum: 10
offers:
  - name: time_deposit
    zh: 定期
    en: Time deposit
    product: DEP1
    channels: [sms, app]
    value_yuan: 12.5
    template: {zh: 请看, en: Look}
"""


def parsed(**changes: str) -> Campaign:
    """The campaign of LINES with lines changed by the first word (None leaves one out)."""
    return read(Campaign, changed(**changes), "campaigns/spring.yaml")


def changed(**changes: str) -> str:
    lines = []
    for line in LINES.splitlines():
        word = line.strip().removeprefix("- ").partition(":")[0]
        indent = line[: line.index(word)]
        lines.append(f"{indent}{word}: {changes.pop(word)}" if word in changes else line)
    return "\n".join([*lines, *(f"{word}: {value}" for word, value in changes.items())])


def fault(text: str) -> KequnError:
    with pytest.raises(KequnError) as error:
        read(Campaign, text, "campaigns/spring.yaml")
    return error.value


def line_of(word: str) -> int:
    return 1 + next(n for n, line in enumerate(LINES.splitlines()) if line.strip().startswith(word))


def test_a_whole_campaign_is_read():
    found = parsed()
    assert (found.name, found.starts, found.ends) == ("spring", date(2026, 1, 1), date(2026, 6, 30))
    assert (found.budget_fen, found.daily_limit, found.minimum, found.holdout) == (100_000, 50, 10, 0.1)
    assert found.purpose == "marketing"
    assert not found.everybody
    offer = found.offers[0]
    assert (offer.product, offer.channels, offer.value_fen, offer.benefit_fen) == ("DEP1", ("sms", "app"), 1250, 0)
    assert (offer.lever, offer.stock, offer.redeemed) == (1.0, None, 1.0)


@pytest.mark.parametrize(
    ("changes", "word", "field", "said"),
    [
        ({"budget_yuan": "-1"}, "budget", "budget_yuan", "greater than or equal to 0"),
        ({"budget_yuan": "12.345"}, "budget", "budget_yuan", "at most two digits after the point"),
        ({"budget_yuan": "1.0000000000000000000000000001"}, "budget", "budget_yuan", "at most two digits"),
        ({"budget_yuan": "1e999999"}, "budget", "budget_yuan", "at most ten trillion"),
        ({"budget_yuan": "nan"}, "budget", "budget_yuan", "finite"),
        ({"budget_yuan": "much"}, "budget", "budget_yuan", "valid decimal"),
        ({"holdout": "0.6"}, "holdout", "holdout", "less than or equal to 0.5"),
        ({"holdout": "nan"}, "holdout", "holdout", "Input should be"),
        ({"daily_limit": "2.5"}, "daily_limit", "daily_limit", "valid integer"),
        ({"minimum": "-3"}, "minimum", "minimum", "greater than or equal to 0"),
        ({"ends": "2026-02-30"}, "ends", "ends", "valid date"),
        ({"name": "Spring!"}, "name", "name", "match pattern"),
        ({"channels": "[sms, fax]"}, "channels", "offers.0.channels.1", "Input should be 'sms'"),
        ({"channels": "[]"}, "channels", "offers.0.channels", "at least 1 item"),
        ({"channels": "sms"}, "channels", "offers.0.channels", "valid tuple"),
        ({"value_yuan": "-0.01"}, "value_yuan", "offers.0.value_yuan", "greater than or equal to 0"),
        ({"purpose": "spam"}, None, "purpose", "'marketing' or 'service'"),
    ],
)
def test_a_wrong_value_names_line_field_and_what_it_says(changes, word, field, said):
    found = fault(changed(**changes))
    line = line_of(word) if word else len(LINES.splitlines()) + 1
    assert found.message.startswith(f"campaigns/spring.yaml, line {line}: field {field}: ")
    assert said in found.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (changed(ends="2025-12-31"), "ends on 2025-12-31, before it starts on 2026-01-01"),
        (changed(minimum="51"), "the minimum of 51 is above the daily limit of 50"),
        (changed(name="universal"), "universal is the name of the universal control group"),
        (LINES.partition("offers:")[0] + "offers: []", "offers: Tuple should have at least 1 item"),
        (LINES.partition("offers:")[0], "line 1: field offers is missing"),
        (LINES + "    benefit: gift\n", "an offer names a product or a benefit, one of them"),
        (LINES.replace("    product: DEP1\n", ""), "an offer names a product or a benefit, one of them"),
        (changed(channels="[sms, app, sms]"), "a channel is named twice"),
        (LINES + "    redeemed: 1.01\n", "offers.0.redeemed: Input should be less than or equal to 1"),
        (LINES + "    stock: -1\n", "offers.0.stock: Input should be greater than or equal to 0"),
        (LINES + "    lever: inf\n", "offers.0.lever:"),
        (LINES.replace("12.5", "200000") + "    lever: 51\n", "at most ten million yuan for one customer"),
        (LINES + "  - name: time_deposit\n    zh: a\n    en: b\n    benefit: c\n    value_yuan: 1\n"
                 "    channels: [sms]\n    template: {zh: d}\n", "two offers have the same name"),
        (LINES.replace("    product: DEP1\n", "    benefit: gift\n").replace("    value_yuan: 12.5\n", ""),
         "a benefit needs value_yuan, or product_class"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_refused(text, said):
    assert said in fault(text).message


@given(st.integers(0, 10**15))
def test_a_budget_is_kept_to_the_fen(fen):
    assert parsed(budget_yuan=f"{fen // 100}.{fen % 100:02}").budget_fen == fen


@pytest.mark.parametrize(("yuan", "fen"), [("0.29", 29), ("1234567.89", 123456789), ("4.35", 435), ("7", 700)])
def test_amounts_that_floats_lose_are_exact(yuan, fen):
    assert parsed(budget_yuan=yuan).budget_fen == fen


@given(st.integers(0, 10**6), st.integers(0, 1000))
def test_an_expected_benefit_is_rounded_up(fen, permille):
    offer = Offer(
        name="gift", zh="礼", en="gift", benefit="gift", value_yuan=Decimal(1), channels=("sms",),
        template={"zh": "礼"}, benefit_yuan=Decimal(fen) / 100, redeemed=permille / 1000,
    )  # fmt: skip
    assert offer.benefit_fen == -(-fen * permille // 1000)
    assert offer.benefit_fen == ceil(Decimal(fen) * permille / 1000)


@pytest.mark.parametrize("text", ["everybody", "Everybody", " everybody "])
def test_everybody_is_a_word(text):
    assert parsed(audience=f'"{text}"').everybody


def test_a_version_follows_from_what_it_says():
    assert parsed().version == parsed().version
    assert parsed(minimum="11").version != parsed().version
    assert len({parsed(channels=f"[{name}]").version for name in CHANNELS}) == len(CHANNELS)
