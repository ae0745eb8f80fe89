from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from kequn.bank.load import load_landed
from kequn.bank.store import parts
from kequn.decisions.capacity import capacity
from kequn.decisions.registry import Checks, files, read_all, registry
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.insight.catalogue import catalogue
from kequn.sandbox.create import create
from kequn.sandbox.decided import decide
from kequn.workspace import Workspace

DAY = date(2026, 10, 31)


@pytest.fixture
def written(workspace) -> Workspace:
    decide(workspace, 50_000)
    return workspace


def test_twelve_campaigns_of_six_departments_and_a_capacity(written):
    found = read_all(files(written))
    assert len(found) == 12
    assert len({campaign.name for campaign in found}) == 12
    departments = Counter(campaign.department for campaign in found)
    assert set(departments) == set(capacity(written).departments)
    assert len(departments) == 6
    assert [campaign.name for campaign in found if campaign.everybody] == ["app_service"]


def test_every_campaign_fits_the_sandbox_shelf_and_the_catalogue(written, tmp_path):
    made = Workspace.open(tmp_path / "made")
    create(made, customers=60, months=2, seed=3, end=DAY)
    load_landed(made)
    engine = DuckEngine(1, "1GB", tmp_path / "spill")
    shelf = ", ".join(f"'{folder}/*.parquet'" for folder in parts(made, "product"))
    rows = engine.connection.execute(f"SELECT product_id, product_class FROM read_parquet([{shelf}])").fetchall()
    engine.close()
    products = dict(rows)
    found = read_all(files(written))
    parameters = Parameters(DAY, written.settings)
    valued = frozenset(products.values())
    checks = Checks(
        catalogue(written), parameters, products, capacity(written), valued, lambda rules: (9, [1] * len(rules))
    )  # fmt: skip
    sorted_out = registry(found, checks, DAY)
    assert [no.message for no in sorted_out.refused if no.name != "app_service"] == []
    assert len(sorted_out.campaigns) == 12
    used = {offer.product for campaign in found for offer in campaign.offers if offer.product}
    assert used <= set(products)
    assert {products[each] for each in used} >= {"deposit", "wealth", "fund", "insurance", "card", "loan", "metal"}


def test_what_is_there_is_never_overwritten(written):
    own = written.own("campaigns") / "app_return.yaml"
    own.write_text("mine", "utf-8")
    (written.own("campaigns") / "card_first.yaml").unlink()
    (written.home / "capacity.yaml").write_text("mine too", "utf-8")
    assert decide(written, 50_000) == []
    assert own.read_text("utf-8") == "mine"
    assert (written.home / "capacity.yaml").read_text("utf-8") == "mine too"
    assert not (written.own("campaigns") / "card_first.yaml").exists()


def test_each_of_the_two_is_written_where_it_is_absent(workspace):
    (workspace.home / "capacity.yaml").write_text("mine", "utf-8")
    assert len(decide(workspace, 100)) == 12
    (workspace.home / "capacity.yaml").unlink()
    assert decide(workspace, 100) == [workspace.home / "capacity.yaml"]


@pytest.mark.parametrize("customers", [1, 1999, 50_000, 200_000])
def test_capacity_and_promises_follow_the_size_of_the_bank(workspace, customers):
    decide(workspace, customers)
    channels = capacity(workspace).channels
    assert channels["sms"].contacts == max(1, customers * 60 // 1000)
    assert channels["rm"].contacts is None
    found = read_all(files(workspace))
    promised = {campaign.name: campaign.minimum for campaign in found if campaign.minimum}
    whole = {"payday_deposit": 100, "family_cover": 150, "loan_consumer": 200, "private_care": 20}
    scaled = {name: size * customers // 50_000 for name, size in whole.items()}
    assert promised == {name: size for name, size in scaled.items() if size}
    stocks = [offer.stock for campaign in found for offer in campaign.offers if offer.stock is not None]
    assert stocks == [4000 * customers // 50_000] * 2
