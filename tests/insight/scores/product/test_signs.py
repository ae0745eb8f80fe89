from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores.product.shelf import Shelf
from kequn.insight.scores.product.signs import KINDS, interests, read, weights


@pytest.fixture
def known(shelf):
    return Shelf.of(shelf, ("wealth", "fund"))


def texts(known, count=60, seed=5):
    draw = random.Random(seed)
    made = []
    for _ in range(count):
        signs = [
            f"{draw.choice(KINDS)}:{draw.choice([0, 3, 6, 7, 40, 900])}:{draw.choice([*known.products, 'GONE'])}"
            for _ in range(draw.randint(0, 6))
        ]
        made.append(",".join(signs) or draw.choice(["", None]))
    return made


def test_joined_signs_equal_a_plain_calculation(known, small):
    given, weight = texts(known), weights(small)
    signs = read(pa.array(given, pa.string()), known)
    seen = interests(signs, len(known), weight)
    found = {
        (int(r), int(i)): (float(w), int(v), bool(m))
        for r, i, w, v, m in zip(seen.row, seen.item, seen.weight, seen.week_views, seen.matures, strict=True)
    }
    expected: dict[tuple[int, int], list[tuple[str, int]]] = {}
    unknown = 0
    for row, text in enumerate(given):
        for sign in (text or "").split(",") if text else []:
            kind, days, product = sign.split(":")
            if product == "GONE":
                unknown += 1
            else:
                expected.setdefault((row, known.products.index(product)), []).append((kind, int(days)))
    assert signs.unknown == unknown
    assert found.keys() == expected.keys()
    for key, each in expected.items():
        rest = 1.0
        for kind, days in each:
            if kind in weight:
                rest *= 1 - weight[kind][0] * 0.5 ** (days / weight[kind][1])
        views = sum(kind == "v" and days < 7 for kind, days in each)
        assert found[key] == (pytest.approx(1 - rest, abs=1e-6), views, any(kind == "r" for kind, _ in each))


def test_the_strongest_sign_names_the_kind(known, small):
    code = known.products[0]
    seen = interests(read(pa.array([f"v:0:{code},h:10:{code},a:1:{code}"]), known), len(known), weights(small))
    assert KINDS[seen.kind[0]] == "h"


def test_cutting_customers_apart_gives_the_same_signs(known):
    signs = read(pa.array(texts(known), pa.string()), known)
    parts = [signs.cut(slice(start, start + 17)) for start in range(0, 60, 17)]
    assert sum(part.customers for part in parts) == 60
    assert np.concatenate([part.row + 17 * turn for turn, part in enumerate(parts)]).tolist() == signs.row.tolist()
    rows = np.array([3, 10, 59])
    taken = signs.taking(rows)
    for place, row in enumerate(rows):
        assert taken.item[taken.row == place].tolist() == signs.item[signs.row == row].tolist()


@pytest.mark.parametrize("text", ["h:1", "h:1:A,", "x:1:DEP0", "h:-1:DEP0", "h:1.5:DEP0", "h::DEP0", "DEP0:1.0"])
def test_a_text_that_is_no_sign_is_refused_with_its_row(known, text):
    with pytest.raises(KequnError, match="Row 3") as caught:
        read(pa.array([None, "h:1:DEP0", text]), known)
    assert "kind:days:product" in caught.value.hint


def test_no_signs_at_all_are_no_interests(known, small):
    for column in (pa.nulls(4), pa.array(["", None, "", ""])):
        seen = interests(read(column, known), len(known), weights(small))
        assert len(seen.row) == 0
        assert seen.matrix(len(known)).shape == (4, len(known))


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.0, float("inf")])
def test_a_weight_that_is_none_is_refused(small, value):
    with pytest.raises(KequnError, match="product_weight_viewed"):
        weights(small.changed(scores__product_weight_viewed=value))
    with pytest.raises(KequnError, match="product_half_life_ended"):
        weights(small.changed(scores__product_half_life_ended=0))
