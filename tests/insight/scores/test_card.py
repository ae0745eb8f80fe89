"""Cards: the page says what is known, in both languages, is well-formed, and needs nothing from elsewhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from kequn.insight.scores import card
from kequn.insight.scores.model import Model
from kequn.insight.scores.plot import bars, calibration_plot

VOID = {"meta", "br", "img", "link"}


class Page(HTMLParser):
    """Texts by tag, and a check that every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.tags = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip() and self.open[-1] != "style":
            self.texts.append(data.strip())


def figures(auc, rows=9000):
    return {"rows": rows, "positives": rows // 20, "mean": 0.05, "auc": auc, "ece": 0.0031, "lift": 4.25}


def model(**changed):
    about = {
        "purpose": {"zh": "提前 90 天预警", "en": "Warns 90 days ahead"},
        "owner": "customer-insight",
        "data": {"hash": "0123456789abcdef0123", "rows": 1234567},
        "period": {"train": ["2025-06-30", "2025-12-31"], "validate": ["2026-03-31", "2026-03-31"]},
        "parameters": {"leaves": 15},
        "features": [
            {"name": "aum", "zh": "金融资产", "en": "AUM"}, {"name": "own", "zh": "自有<特征>", "en": "own & <b>"},
        ],
        "metrics": {
            "pooled": figures(0.812),
            "baseline": {"pooled": {"auc": 0.731}, "segment": {"silver": {"auc": 0.701}}},
            "oracle": {"auc": 0.845},
            "segment": {"payroll": figures(0.79, 500), "silver": figures(0.8, 2000), "garden": figures(None, 12)},
            "tier": {"private": figures(0.9, 20), "potential": figures(0.77, 4000)},
        },
        "calibration": [
            {"rows": 4500, "predicted": 0.02, "observed": 0.021}, {"rows": 4500, "predicted": 0.11, "observed": 0.1},
        ],
        "drivers": [{"name": "aum", "share": 0.7}, {"name": "own", "share": 0.3}],
        "limits": {"zh": ["仅限潜力及以上"], "en": ["Only potential and up"]},
        "notes": ["教育用全体模型 | Education uses the pooled model"],
        "names": {"garden": ["花园", "Garden"]},
        **changed,
    }  # fmt: skip
    return Model("attrition", {"pooled.txt": "tree"}, about)


def test_the_card_in_json_is_what_is_known():
    found = json.loads(json.dumps(card.as_dict(model())))
    assert (found["family"], found["version"]) == ("attrition", model().version)
    assert found["metrics"]["oracle"]["auc"] == 0.845
    assert card.as_dict(Model("value", {}, {}))["metrics"] is None


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", ["流失预警", "提前 90 天预警", "基线 0.731", "上限 0.845", "银发", "潜力", "花园",
                "教育用全体模型", "自有<特征>"]),
        ("en", ["Attrition warning", "Warns 90 days ahead", "baseline 0.731", "oracle 0.845", "Silver", "Garden",
                "Education uses the pooled model", "Only potential and up", "own & <b>", "1,234,567"]),
    ],
)  # fmt: skip
def test_the_page_says_it_in_its_language_only(language, said):
    page = Page(card.as_html(model(), language))
    for text in said:
        assert text in page.texts, text
    whole = " ".join(page.texts)
    if language == "en":
        assert not re.search(r"[一-鿿]", whole)


def test_segments_come_by_size_and_tiers_as_they_rise():
    texts = Page(card.as_html(model(), "en")).texts
    places = [texts.index(name) for name in ("All", "Silver", "Payroll", "Garden", "Potential", "Private banking")]
    assert places == sorted(places)


def test_a_figure_that_is_not_defined_is_a_dash_and_never_a_nought():
    texts = Page(card.as_html(model(), "en")).texts
    garden = texts.index("Garden")
    assert texts[garden : garden + 3] == ["Garden", "0 of 12", "–"]


def test_the_page_needs_nothing_from_elsewhere():
    text = card.as_html(model(), "zh")
    tags = Page(text).tags
    assert not {tag for tag, _ in tags} & {"script", "link", "img", "iframe", "object"}
    assert not [name for _, attrs in tags for name in attrs if name in ("src", "href") or name.startswith("on")]
    assert "http" not in text
    assert "url(" not in text
    assert 'name="viewport"' in text
    assert "prefers-color-scheme: dark" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_model_of_which_little_is_known_has_a_card_too(language):
    page = Page(card.as_html(Model("value", {}, {}), language))
    assert page.tags
    assert not any("None" in text for text in page.texts)


def test_names_cannot_bring_markup():
    evil = "<script>alert(1)</script>"
    text = card.as_html(
        model(owner=evil, notes=[evil], parameters={evil: evil}, names={"garden": [evil, evil]}, purpose=evil,
              drivers=[{"name": evil, "share": 0.5}], period={"train": [evil, evil]}), "en",
    )  # fmt: skip
    assert "<script" not in text
    assert "script" not in {tag for tag, _ in Page(text).tags}


def test_several_baselines_stand_by_name():
    metrics = {
        "pooled": {"rows": 10, "ndcg": 0.4, "own_figure": 1.5},
        "baseline": {"popularity": {"ndcg": 0.3}, "cosine": {"pooled": {"ndcg": 0.35}}},
        "oracle": {},
    }
    texts = Page(card.as_html(Model("product", {}, {"metrics": metrics}), "en")).texts
    assert {"popularity 0.300", "cosine 0.350", "own_figure", "1.5"} <= set(texts)


def test_dots_stand_where_the_shares_are():
    table = [{"rows": 100, "predicted": 0.1, "observed": 0.1}, {"rows": 100, "predicted": 0.2, "observed": 0.05}]
    page = Page(calibration_plot(table, "title", "across", "upward"))
    ideal = next(attrs for tag, attrs in page.tags if attrs.get("class") == "ideal")
    x1, y1, x2, y2 = (float(ideal[name]) for name in ("x1", "y1", "x2", "y2"))
    dots = [(float(attrs["cx"]), float(attrs["cy"])) for tag, attrs in page.tags if tag == "circle"]
    # The axes end at 20%: a share of 0.1 is half way.
    assert dots[0] == pytest.approx(((x1 + x2) / 2, (y1 + y2) / 2), abs=0.1)
    assert dots[1] == pytest.approx((x2, y1 + (y2 - y1) / 4), abs=0.1)


def test_intervals_hold_their_dots_also_at_the_ends():
    table = [{"rows": 50, "predicted": 0.01, "observed": 0.0}, {"rows": 50, "predicted": 0.99, "observed": 1.0}]
    page = Page(calibration_plot(table, "t", "a", "u"))
    spreads = [attrs for _, attrs in page.tags if attrs.get("class") == "spread"]
    dots = [float(attrs["cy"]) for tag, attrs in page.tags if tag == "circle"]
    for spread, y in zip(spreads, dots, strict=True):
        assert float(spread["y2"]) <= y <= float(spread["y1"])
        assert float(spread["y1"]) - float(spread["y2"]) > 10


def test_bars_are_relative_to_the_longest():
    widths = [float(width) for width in re.findall(r'<rect width="([\d.]+)"', bars([("a", 0.4), ("b", 0.1), ("c", 0)]))]
    assert widths == [100, 25, 0]
    assert bars([]) == '<ol class="bars"></ol>'
