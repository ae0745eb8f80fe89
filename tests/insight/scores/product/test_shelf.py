from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kequn.errors import KequnError
from kequn.insight.scores.product.shelf import Shelf


def test_the_shelf_survives_its_text_and_lies_class_by_class(shelf):
    known = Shelf.of(shelf, ())
    assert Shelf.of_text(known.text()) == known
    assert known.classes == ("deposit", "fund", "service", "wealth")
    assert [known.product_class[start] for start in known.starts] == list(known.classes)
    assert sorted(known.class_of) == list(known.class_of)


def test_a_limit_that_is_not_known_does_not_limit_but_an_unknown_risk_is_the_highest():
    table = pa.table({"product_id": ["B", "A"], "product_class": ["fund", "card"]})
    known = Shelf.of(table, ("fund",))
    assert known.products == ("A", "B")
    assert known.risk == (1, 5)
    assert known.sold_on(np.datetime64("2025-01-01")).all()


@pytest.mark.parametrize(
    ("codes", "said"), [(["A", "A"], "twice"), (["A,B", "C"], "contains"), (["A", ""], "no code"), ([], "empty")]
)
def test_a_shelf_that_cannot_be_used_is_refused(codes, said):
    table = pa.table(
        {"product_id": pa.array(codes, pa.string()), "product_class": pa.array(["x"] * len(codes), pa.string())}
    )
    with pytest.raises(KequnError, match=said):
        Shelf.of(table, ())
