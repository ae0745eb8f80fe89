"""A night's decisions on a small sandbox: repeated, killed, replayed, on both engines, and held against the rules."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import signal
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest
import yaml

from kequn.bank.contract import contracts
from kequn.bank.load import load_landed
from kequn.bank.store import newest, parts
from kequn.bank.tables import attach
from kequn.bank.tokens import token_key
from kequn.decisions import chance
from kequn.decisions.balance import balance
from kequn.decisions.beginning import beginning
from kequn.decisions.campaign import CHANNELS
from kequn.decisions.night import build_decisions, standing
from kequn.decisions.registry import load
from kequn.engine.base import Engine
from kequn.engine.build import Build, parquet_columns
from kequn.engine.duck import DuckEngine
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published, content_hash, current
from kequn.insight.catalogue import Catalogue
from kequn.night import run
from kequn.sandbox.create import create
from kequn.sandbox.decided import decide
from kequn.workspace import Workspace

DAY = date(2026, 10, 30)
NEXT = DAY + timedelta(days=1)
CUSTOMERS = 2000
TABLES = (
    "campaign", "bid_pair", "bid", "exclusion", "holdout", "holdout_balance", "plan", "price", "settlement",
    "simple_rule", "funnel",
)  # fmt: skip
SECRET = bytes(range(32))
POLICY = """caps:
  - {name: daily, limit: 1, days: 1}
  - {name: weekly, limit: 1, days: 7}
  - {name: monthly, limit: 4, days: 30}
  - {name: calls, limit: 1, days: 28, channels: [ai_call, agent_call]}
universal_control_share: 0.05
"""
NOTICE = """name: notice
zh: 到期提醒
en: Maturity notice
department: deposits
purpose: service
audience: aum > 0
starts: 2026-01-01
ends: 2027-12-31
offers:
  - {name: notice, zh: 提醒, en: Notice, benefit: notice, value_yuan: 500, channels: [email], template: {zh: 到期}}
"""

FAULTY = NOTICE.replace("aum > 0", "aum > nothing").replace("name: notice\nzh", "name: faulty\nzh")


@pytest.fixture(scope="session", autouse=True)
def _secret() -> Iterator[None]:
    """Draws that are the same in every run: a check by chance must not fail by chance."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEQUN_DRAW_KEY", SECRET.hex())
        yield


@pytest.fixture(scope="session")
def landed(tmp_path_factory) -> Path:
    """A sandbox that is landed and not loaded."""
    home = tmp_path_factory.mktemp("landed") / "bank"
    create(Workspace.open(home), customers=CUSTOMERS, months=3, seed=11, end=NEXT)
    token_key(Workspace.open(home))  # copies of this bank must give the same tokens
    (home / "kequn.toml").write_text("[decisions]\nsweeps = 6\n", "utf-8")
    (home / "policy.yaml").write_text(POLICY, "utf-8")
    return home


@pytest.fixture(scope="session")
def based(landed, tmp_path_factory) -> Path:
    """The same, loaded, with a published night that had no campaigns."""
    home = _copy(landed, tmp_path_factory.mktemp("based"))
    load_landed(Workspace.open(home))
    run(Workspace.open(home), DAY)
    return home


@pytest.fixture(scope="session")
def decided(based, tmp_path_factory) -> Path:
    """The same, with campaigns and the night that settled them."""
    home = _campaigns(_copy(based, tmp_path_factory.mktemp("decided")))
    run(Workspace.open(home), DAY)
    return home


def _copy(home: Path, target: Path) -> Path:
    return shutil.copytree(home, target / "bank", symlinks=True)


def _campaigns(home: Path) -> Path:
    """The sandbox's campaigns with values of their own, so that no model is needed, a notice, and a faulty file."""
    decide(Workspace.open(home), CUSTOMERS)
    for file in (home / "campaigns").glob("*.yaml"):
        text = file.read_text("utf-8")
        if "value_yuan" not in text:
            text = text.replace("    channels:", "    value_yuan: 150.00\n    channels:")
        file.write_text(text, "utf-8")
    _promise(home, 3)
    _change(home, "card_first", "budget_yuan: 70000.00", "budget_yuan: 6.40")
    _change(home, "fund_plan", "holdout: 0.1", "holdout: 0.1\ndaily_limit: 10")
    _change(home, "app_return", "benefit_yuan: 5.00", "benefit_yuan: 0.50")
    (home / "campaigns" / "notice.yaml").write_text(NOTICE, "utf-8")
    (home / "campaigns" / "faulty.yaml").write_text(FAULTY, "utf-8")
    return home


def _promise(home: Path, minimum: int) -> None:
    """Change every promised minimum."""
    for file in (home / "campaigns").glob("*.yaml"):
        file.write_text(re.sub(r"minimum: \d+", f"minimum: {minimum}", file.read_text("utf-8")), "utf-8")


def _change(home: Path, name: str, old: str, new: str) -> None:
    file = home / "campaigns" / f"{name}.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def _night(home: Path, day: date = DAY) -> Published:
    night = current(Workspace.open(home), day)
    assert isinstance(night, Published)
    return night


def hashes(home: Path, day: date = DAY) -> dict[str, str]:
    """Content hash of every table of a published night."""
    return {name: entry["hash"] for name, entry in _night(home, day).manifest["tables"].items()}


def again(home: Path, definitions: Catalogue, work: Path, engine: Engine | None = None) -> Path:
    """Decide on the published tables of DAY, into the folder ``work``: what a night does once it comes to decisions."""
    workspace = Workspace.open(home)
    night, parameters = _night(home), Parameters(DAY, workspace.settings)
    opened = engine or DuckEngine(2, "1GB", work / ".spill")
    work.mkdir(exist_ok=True)
    build = Build(opened, work, [], lambda _: None)
    attach(build, workspace, parameters)
    for name, entry in night.manifest["tables"].items():
        if name not in TABLES:
            build.attach(name, [night.table(name)], parquet_columns(night.table(name)), entry["key"])
    begun, earlier = beginning(workspace), standing(workspace, parameters)
    build_decisions(build, definitions, parameters, begun, earlier=earlier, models={})
    if engine is None:
        opened.close()
    return work


def _rewrite(home: Path, table: str, replacement: str) -> None:
    """Replace a column in all parts of a standard table, as a corrected delivery would."""
    for file in (home / "data" / "bank" / table).glob("*/*/*.parquet"):
        with duckdb.connect() as connection:
            changed = connection.sql(f"SELECT * REPLACE ({replacement}) FROM read_parquet('{file}')").to_arrow_table()
        file.unlink()
        pq.write_table(changed, file)


class Bank:
    """Plain SQL over the bank's standard tables and a night's."""

    def __init__(self, home: Path, day: date = DAY, work: Path | None = None) -> None:
        self.connection = duckdb.connect()
        for table in contracts():
            self._view(table, [f"{folder}/*.parquet" for folder in parts(Workspace.open(home), table, day)])
        for night in (_night(home, day).folder, work):
            for folder in night.glob("[a-z]*/") if night else ():
                self._view(folder.name, [f"{folder}/*.parquet"])

    def _view(self, name: str, files: list[str]) -> None:
        if not files:
            return
        scan = f"read_parquet({files}, union_by_name = true)"
        self.connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM {scan}')

    def rows(self, text: str) -> list[tuple]:
        return self.connection.execute(text).fetchall()

    def one(self, text: str) -> object:
        return self.rows(text)[0][0]


@pytest.fixture(scope="session")
def bank(decided) -> Bank:
    return Bank(decided)


def test_a_night_without_campaigns_has_none_of_the_tables(based):
    assert not set(hashes(based)) & set(TABLES)


def test_a_night_with_campaigns_has_all_of_them_and_nothing_between(decided, based):
    found = hashes(decided)
    assert set(found) == set(hashes(based)) | set(TABLES)
    assert {name: found[name] for name in hashes(based)} == hashes(based)


def test_run_twice_it_publishes_the_same_whatever_is_edited_meanwhile(decided, tmp_path):
    home = _copy(decided, tmp_path)

    def edit(stage) -> None:
        if stage.name == "customer":
            (home / "policy.yaml").write_text(f"quiet_days: {{dates: [{NEXT}]}}\n", "utf-8")
            (home / "capacity.yaml").unlink()
            shutil.rmtree(home / "campaigns")

    again = run(Workspace.open(home), DAY, progress=edit)
    assert not (home / "campaigns").exists()
    assert hashes(home) == hashes(decided)
    assert {stage.name for stage in again.stages if not stage.reused} == {"publish"}


def _run_until(home: str, last: str) -> None:
    def stop(stage) -> None:
        if stage.name == last:
            os.kill(os.getpid(), signal.SIGKILL)

    run(Workspace.open(home), DAY, progress=stop)


def test_killed_halfway_a_rerun_publishes_the_same(based, decided, tmp_path):
    home = _campaigns(_copy(based, tmp_path))
    child = multiprocessing.get_context("spawn").Process(target=_run_until, args=(str(home), "price"))
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    assert hashes(home) == hashes(based)
    report = run(Workspace.open(home), DAY)
    assert hashes(home) == hashes(decided)
    assert {"bid", "exclusion", "price"} <= {stage.name for stage in report.stages if stage.reused}


def test_the_past_replayed_with_later_files_present_is_the_same(landed, based, decided, tmp_path):
    early = _campaigns(_copy(landed, tmp_path))
    run(Workspace.open(early), DAY)
    assert newest(Workspace.open(early)) == DAY < newest(Workspace.open(based))
    assert hashes(early) == hashes(decided)


@pytest.mark.spark
def test_spark_decides_the_same(decided, definitions, spark, tmp_path):
    work = again(decided, definitions, tmp_path / "work", spark)
    assert {name: content_hash(work / name) for name in TABLES} == {
        name: content_hash(_night(decided).folder / name) for name in TABLES
    }


def test_the_night_after_counts_what_this_one_planned(decided, tmp_path):
    home = _copy(decided, tmp_path)
    _promise(home, 0)
    run(Workspace.open(home), NEXT)
    first, second = Bank(home), Bank(home, NEXT)
    contacts = second.one(f"SELECT COUNT(*) FROM contact WHERE contacted_at >= DATE '{NEXT}'")
    assert contacts == 0, "contacts of the planned day are delivered, and nothing stands"
    marketing = "SELECT DISTINCT customer_id FROM plan WHERE purpose = 'marketing'"
    before, after = ({row[0] for row in each.rows(marketing)} for each in (first, second))
    assert len(before) > 100
    assert len(after) > 50
    assert not before & after  # one in seven days
    spent = "SELECT spent_fen FROM campaign WHERE campaign = 'card_first'"
    cost = "SELECT CAST(SUM(cost_fen) AS BIGINT) FROM plan WHERE campaign = 'card_first'"
    assert first.one(spent) == 0
    assert second.one(spent) == first.one(cost) > 0
    both = [each.one(cost) or 0 for each in (first, second)]
    assert sum(both) <= 640


def test_promises_that_contradict_each_other_plan_nothing_and_say_what_would_work(decided, definitions, tmp_path):
    home = _copy(decided, tmp_path)
    _change(home, "private_care", "minimum: 3", "minimum: 400")
    found = Bank(home, work=again(home, definitions, tmp_path / "one"))
    assert found.one("SELECT COUNT(*) FROM plan") == 0
    status, message, contacts, value = found.rows("SELECT status, message, contacts, value_fen FROM settlement")[0]
    assert (status, contacts, value) == ("contradictory", 0, 0)
    lowered = int(re.search(r"private_care from 400 to (\d+)", message)[1])
    assert found.one("SELECT lowered FROM price WHERE kind = 'minimum' AND name = 'private_care'") == 400 - lowered
    able = "SELECT customers FROM funnel WHERE campaign = 'private_care' AND code = 'eligible'"
    assert 0 < lowered <= found.one(able)
    assert found.one("SELECT SUM(customers) FROM funnel WHERE code IN ('planned', 'elsewhere')") == 0
    _change(home, "private_care", "minimum: 400", f"minimum: {lowered}")
    kept = Bank(home, work=again(home, definitions, tmp_path / "two"))
    assert kept.one("SELECT status FROM settlement") == "settled"
    assert kept.one("SELECT COUNT(*) FROM plan WHERE campaign = 'private_care'") >= lowered


def test_without_capacity_anywhere_nothing_is_planned(decided, definitions, tmp_path):
    home = _copy(decided, tmp_path)
    _promise(home, 0)
    fields = yaml.safe_load((home / "capacity.yaml").read_text("utf-8"))
    for channel in fields["channels"].values():
        channel["contacts"] = 0
    fields |= {"rm_leads": 0, "branch_leads": 0}
    (home / "capacity.yaml").write_text(yaml.safe_dump(fields), "utf-8")
    found = Bank(home, work=again(home, definitions, tmp_path / "work"))
    assert found.one("SELECT COUNT(*) FROM plan") == 0
    assert found.one("SELECT status FROM settlement") == "settled"
    assert found.one("SELECT SUM(bids) FROM bid") > 0


def test_where_every_campaign_is_refused_all_tables_are_there(decided, definitions, tmp_path):
    home = _copy(decided, tmp_path)
    for file in (home / "campaigns").glob("*.yaml"):
        if file.stem != "faulty":
            file.unlink()
    found = Bank(home, work=again(home, definitions, tmp_path / "work"))
    assert found.rows("SELECT campaign, status FROM campaign") == [("faulty", "refused")]
    assert {found.one(f"SELECT COUNT(*) FROM {name}") for name in ("bid", "plan", "holdout", "funnel")} == {0}
    assert found.rows("SELECT status, contacts FROM settlement") == [("settled", 0)]


@pytest.mark.parametrize("change", ["shelf", "calendar"])
def test_what_the_bids_were_made_of_is_known_by_their_key(decided, definitions, tmp_path, change):
    home, work = _copy(decided, tmp_path), tmp_path / "work"
    again(home, definitions, work)
    calls = "channel IN ('ai_call', 'agent_call')"
    often = "SELECT product_id FROM plan WHERE product_id > '' GROUP BY 1 ORDER BY COUNT(*) DESC LIMIT 1"
    product = Bank(home).one(often)
    if change == "shelf":
        was = f"product_id = '{product}'"
        _rewrite(home, "product", f"CASE WHEN {was} THEN DATE '2026-01-01' ELSE withdrawn_on END AS withdrawn_on")
    else:
        was = calls
        _rewrite(home, "calendar", f"day = DATE '{NEXT}' AS holiday")
    assert Bank(home, work=work).one(f"SELECT COUNT(*) FROM plan WHERE {was}") > 0
    assert Bank(home, work=again(home, definitions, work)).one(f"SELECT COUNT(*) FROM plan WHERE {was}") == 0


class TestThePlan:
    """Nobody is planned against a rule, by SQL over the bank's tables that shares nothing with the policy."""

    def test_it_is_worth_looking_at(self, bank):
        assert bank.one("SELECT COUNT(*) FROM plan WHERE purpose = 'marketing'") > 150
        assert bank.one("SELECT COUNT(*) FROM plan WHERE purpose = 'service'") > 20
        assert bank.one("SELECT COUNT(DISTINCT campaign) FROM plan") >= 8
        met = {row[0] for row in bank.rows("SELECT DISTINCT reason FROM exclusion")}
        assert {"cap_weekly", "no_consent", "not_assessed", "universal_control", "campaign_holdout"} <= met

    def test_consent_of_channel_and_purpose_is_there(self, bank):
        breaches = bank.rows(f"""
            SELECT plan.customer_id, plan.channel FROM plan WHERE NOT COALESCE((
              SELECT LAST(granted AND COALESCE(expires_on >= DATE '{NEXT}', TRUE) ORDER BY decided_at, NOT granted)
              FROM consent JOIN identity USING (party_id)
              WHERE identity.customer_id = plan.customer_id AND consent.purpose = plan.purpose
                AND consent.channel IN (plan.channel, 'all') AND decided_at < DATE '{NEXT}'
            ), FALSE)""")
        assert breaches == []

    def test_products_suit(self, bank):
        breaches = bank.rows(f"""
            WITH assessed AS (
              SELECT customer_id, MAX(assessed_on) AS last, ARG_MAX(tolerance, assessed_on) AS tolerance
              FROM risk_profile JOIN identity USING (party_id) WHERE assessed_on <= DATE '{DAY}' GROUP BY 1
            )
            SELECT plan.customer_id, product.product_id
            FROM plan JOIN product USING (product_id) JOIN customer USING (customer_id)
            JOIN customer_base AS base USING (customer_id) LEFT JOIN assessed USING (customer_id)
            WHERE (product.risk_level > 1 AND NOT COALESCE(
                     assessed.tolerance >= product.risk_level
                     AND assessed.last > DATE '{NEXT}' - INTERVAL 12 MONTH, FALSE))
              OR date_diff('year', base.birth_date, DATE '{NEXT}') + 1 < COALESCE(product.min_age, 0)
              OR date_diff('year', base.birth_date, DATE '{NEXT}') - 1 > COALESCE(product.max_age, 120)
              OR (product.product_class IN ('deposit', 'wealth', 'fund', 'insurance', 'metal')
                  AND customer.aum < product.min_amount_fen)
              OR COALESCE(product.region, customer.region) <> customer.region
              OR COALESCE(product.withdrawn_on, DATE '2099-01-01') <= DATE '{NEXT}'
              OR (product.private_placement AND plan.channel <> 'rm')
              OR (product.private_placement AND customer.tier NOT IN ('diamond', 'private'))""")
        assert breaches == []
        assert bank.one("SELECT COUNT(*) FROM plan JOIN product USING (product_id) WHERE risk_level > 1") > 5

    @pytest.mark.parametrize(("days", "limit", "calls"), [(1, 1, False), (7, 1, False), (30, 4, False), (28, 1, True)])
    def test_caps_hold_together_with_what_was_made(self, bank, days, limit, calls):
        channels = "channel IN ('ai_call', 'agent_call')" if calls else "TRUE"
        breaches = bank.rows(f"""
            WITH each AS (
              SELECT customer_id FROM plan WHERE purpose = 'marketing' AND {channels}
              UNION ALL
              SELECT customer_id FROM contact JOIN identity USING (party_id)
              WHERE purpose = 'marketing' AND outcome <> 'failed' AND {channels}
                AND contacted_at < DATE '{NEXT}' AND contacted_at >= DATE '{NEXT - timedelta(days=days - 1)}'
            )
            SELECT customer_id, COUNT(*) FROM each GROUP BY 1
            HAVING COUNT(*) > {limit} AND customer_id IN (SELECT customer_id FROM plan
                                                          WHERE purpose = 'marketing' AND {channels})""")
        assert breaches == []

    def test_silence_is_kept(self, bank):
        silent = f"""
            SELECT plan.customer_id FROM plan
            JOIN (SELECT identity.customer_id, response.kind, response.responded_at, contact.product_id
                  FROM response JOIN contact USING (contact_id) JOIN identity ON response.party_id = identity.party_id
                  WHERE response.responded_at < DATE '{NEXT}') AS said USING (customer_id)
            WHERE plan.purpose = 'marketing' AND (
              said.kind = 'opted_out'
              OR (said.kind = 'complained' AND said.responded_at >= DATE '{NEXT}' - INTERVAL 179 DAY)
              OR (said.kind = 'refused' AND said.product_id = plan.product_id
                  AND said.responded_at >= DATE '{NEXT}' - INTERVAL 89 DAY))"""
        assert bank.rows(silent) == []

    def test_standing_signals_exclude(self, bank):
        signals = f"""
            SELECT plan.customer_id FROM plan JOIN identity USING (customer_id) JOIN risk_signal USING (party_id)
            WHERE raised_on <= DATE '{DAY}' AND COALESCE(cleared_on > DATE '{DAY}', TRUE)
              AND (plan.purpose = 'marketing' OR kind = 'deceased')"""
        assert bank.rows(signals) == []

    def test_who_refused_personalisation_gets_only_what_everybody_gets(self, bank):
        refused = "SELECT customer_id FROM customer WHERE personalisation_refused"
        got = f"SELECT DISTINCT campaign FROM plan WHERE purpose = 'marketing' AND customer_id IN ({refused})"
        assert bank.rows(got) == [("app_service",)]

    def test_the_spared_are_spared_and_their_shares_are_fair(self, bank, decided):
        plan = set(bank.rows("SELECT customer_id, campaign FROM plan WHERE purpose = 'marketing'"))
        everyone = bank.rows("SELECT customer_id, tier FROM customer")
        universal = _spared("universal", 0.05, everyone)
        assert not {who for who, _ in plan} & universal
        judged = _balance([(who, tier, who in universal) for who, tier in everyone], 0.05)
        assert judged.warned == ()
        for file in sorted((decided / "campaigns").glob("*.yaml")):
            campaign = load(file)
            if campaign.purpose == "service" or campaign.holdout == 0:
                continue
            spared = _spared(campaign.name, campaign.holdout, everyone)
            assert not {who for who, name in plan if name == campaign.name} & spared
            would = bank.rows(f"""
                SELECT customer_id, tier, kind IS NOT NULL FROM customer
                LEFT JOIN (SELECT * FROM holdout WHERE campaign = '{campaign.name}') AS held USING (customer_id)
                WHERE kind = 'campaign_holdout' OR customer_id IN (
                  SELECT customer_id FROM bid JOIN bid_pair ON list_contains(bid.pair, bid_pair.pair)
                  WHERE bid_pair.campaign = '{campaign.name}')""")
            assert {who for who, _, held in would if held} <= spared
            assert not {who for who, _, held in would if not held} & spared
            assert _balance(would, campaign.holdout).warned == ()

    def test_capacity_is_kept(self, bank):
        contacts = {name: most or 10**9 for name, most in bank.rows(
            "SELECT name, capacity FROM price WHERE kind = 'channel'")}  # fmt: skip
        used = dict(bank.rows("SELECT channel, COUNT(*) FROM plan GROUP BY 1"))
        assert set(contacts) == set(CHANNELS)
        assert all(used.get(name, 0) <= most for name, most in contacts.items())
        assert used["sms"] == contacts["sms"]  # scarce
        assert bank.rows("SELECT staff_id FROM plan WHERE channel = 'rm' GROUP BY 1 HAVING COUNT(*) > 5") == []
        assert bank.one("SELECT COUNT(*) FROM plan WHERE (channel = 'rm') <> (staff_id IS NOT NULL)") == 0

    def test_budgets_limits_and_promises_are_kept(self, bank):
        rows = bank.rows("""
            SELECT campaign, budget_fen, daily_limit, minimum, COUNT(plan.customer_id), COALESCE(SUM(cost_fen), 0)
            FROM campaign LEFT JOIN plan USING (campaign) WHERE status = 'bidding' GROUP BY ALL""")
        found = {row[0]: row[1:] for row in rows}
        for budget, limit, minimum, contacts, cost in found.values():
            assert cost <= (10**12 if budget is None else budget)
            assert minimum <= contacts <= (10**12 if limit is None else limit)
        assert found["card_first"][-1] > 600  # of 640
        # The limit is felt: one contact more would be worth something.
        assert bank.one("SELECT price_fen FROM price WHERE kind = 'campaign' AND name = 'fund_plan'") > 0

    def test_its_figures_agree_with_each_other(self, bank):
        odd = bank.rows("""
            SELECT customer_id FROM plan
            WHERE ABS(probability * value_fen * lever - cost_fen - priority_fen) > 1 OR priority_fen <= 0
              OR ABS(priority_fen - price_fen - gain_fen) > 1 OR propensity <= 0 OR propensity > 1""")
        assert odd == []
        total = bank.one("SELECT SUM(priority_fen) FROM plan")
        assert bank.one("SELECT value_fen FROM settlement") == pytest.approx(int(total), abs=1000)
        assert bank.one("SELECT value_fen <= bound_fen FROM settlement")
        assert bank.rows("SELECT DISTINCT planned_day, models FROM plan") == [(NEXT, "")]

    def test_funnels_account_for_everybody(self, bank):
        rows = bank.rows("SELECT campaign, code, CAST(customers AS BIGINT) FROM funnel")
        named = {row[0] for row in rows}
        assert named == {row[0] for row in bank.rows("SELECT campaign FROM campaign WHERE status = 'bidding'")}
        tail = ("eligible", "not_worth", "elsewhere", "priced_out", "planned")
        for name in named:
            step = {code: count for campaign, code, count in rows if campaign == name}
            removed = sum(count for code, count in step.items() if code not in ("audience", *tail))
            bidding = bank.one(f"""SELECT COUNT(DISTINCT customer_id) FROM bid
                JOIN bid_pair ON list_contains(bid.pair, bid_pair.pair) WHERE campaign = '{name}'""")
            assert step["audience"] == removed + step["not_worth"] + bidding
            assert bidding == step["planned"] + step["elsewhere"] + step["priced_out"]
            assert step["planned"] == bank.one(f"SELECT COUNT(*) FROM plan WHERE campaign = '{name}'")
        assert bank.one(
            "SELECT customers FROM funnel WHERE campaign = 'app_service' AND code = 'audience'"
        ) == bank.one("SELECT COUNT(*) FROM customer")

    def test_a_faulty_campaign_is_listed_and_has_nothing(self, bank):
        faulty = bank.rows("SELECT campaign, status, message FROM campaign WHERE status <> 'bidding'")
        assert [row[:2] for row in faulty] == [("faulty", "refused")]
        assert "nothing" in faulty[0][2]
        assert bank.one("SELECT COUNT(*) FROM bid_pair WHERE campaign = 'faulty'") == 0


def _spared(experiment: str, share: float, everyone: list[tuple]) -> set[int]:
    numbers = np.array([row[0] for row in everyone], np.int64)
    return set(numbers[chance.in_holdout(SECRET, experiment, share, numbers)].tolist())


def _balance(rows: list[tuple], share: float):
    tiers = {tier for _, tier, _ in rows}
    members = {tier: sum(each == tier for _, each, _ in rows) for tier in tiers}
    spared = {tier: sum(each == tier and bool(held) for _, each, held in rows) for tier in tiers}
    return balance(members, spared, share)
