"""The decisions of a night: bids, exclusions and holdouts of all customers, then one settled plan with its prices."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import kequn
from kequn.decisions import facts, flat, spared
from kequn.decisions.beginning import Beginning, tonight
from kequn.decisions.bidding import SCHEMA, Bidder
from kequn.decisions.legend import campaign_table, pair_table, written
from kequn.decisions.planned import CHOSEN, PLAN, Picker, plan_query
from kequn.decisions.settling import PRICE, Settling
from kequn.decisions.tonight import Tonight
from kequn.engine.build import Build, digest, parquet_columns
from kequn.engine.duck import parquet_files
from kequn.engine.macros import Parameters
from kequn.engine.publish import Published, nights
from kequn.engine.query import compile_query
from kequn.insight.catalogue import Catalogue
from kequn.insight.scores.model import Model
from kequn.workspace import Workspace


def build_decisions(
    build: Build,
    definitions: Catalogue,
    parameters: Parameters,
    begun: Beginning,
    *,
    earlier: Sequence[Published],
    models: Mapping[str, Model],
) -> None:
    """``campaign, bid_pair, bid, exclusion, holdout, holdout_balance, price, settlement, simple_rule, plan, funnel``.

    A bank without campaigns has none of these tables. ``earlier``: nights whose plans may not be reported yet.
    """
    if not begun.campaigns:
        return
    attach_standing(build, parameters, earlier)
    here = tonight(build, definitions, parameters, begun)
    bids_key = _bids(build, definitions, parameters, begun, here)
    settling = Settling(build, parameters, here)
    key = digest(bids_key, settling.version)
    build.stage("price", digest(key, *PRICE.names), settling.write_prices)
    build.stage("settlement", key, settling.write_summary)
    build.stage("simple_rule", digest(bids_key, repr(here.branch_of)), settling.write_simple_rules)
    versions = " ".join(f"{name}:{model.version}" for name, model in models.items())
    hours = build.keys.get("score_channel", "")
    picker = Picker(here, parameters.settings, versions)
    build.stage("plan", digest(key, versions, hours), partial(_plan, build, settling, picker, bool(hours)))
    _counts(build, parameters, here)


def _plan(build: Build, settling: Settling, picker: Picker, by_channel: bool, folder: Path) -> int:
    chosen = build.work / ".chosen"
    shutil.rmtree(chosen, ignore_errors=True)
    settling.write_chosen(chosen)
    build.engine.attach(CHOSEN, [chosen], parquet_columns(chosen))
    return build.engine.map(plan_query(settling.parameters, by_channel), picker, PLAN, folder)


def _bids(build: Build, definitions: Catalogue, parameters: Parameters, begun: Beginning, here: Tonight) -> str:
    query = facts.define(build, definitions, parameters, here)
    weight = parameters.settings["decisions.prior_taken"]
    bidder = Bidder(here, begun.secret, float(str(weight)))
    key = digest(kequn.__version__, begun.version, str(weight), here.around, build.key(query))
    build.stage("campaign", key, lambda folder: written(campaign_table(here), folder))
    build.stage("bid_pair", key, lambda folder: written(pair_table(here, bidder), folder))
    build.stage("bid", key, partial(build.engine.map, query, bidder, SCHEMA))
    bid = compile_query("SELECT customer_id, out_campaign, out_pair, out_reasons FROM bid", parameters, "exclusion")
    build.stage("exclusion", key, partial(build.engine.map, bid, flat.Exclusions(here), flat.EXCLUSION))
    fate = compile_query("SELECT customer_id, fate FROM bid", parameters, "holdout")
    build.stage("holdout", key, partial(build.engine.map, fate, flat.Holdouts(here), flat.HOLDOUT))
    _balance(build, parameters, here, begun)
    return key


def _balance(build: Build, parameters: Parameters, here: Tonight, begun: Beginning) -> None:
    """``holdout_balance``: whether every holdout spares the same share of all tiers."""
    text = "SELECT bid.customer_id, c.tier, bid.fate FROM bid JOIN customer AS c ON bid.customer_id = c.customer_id"
    query = compile_query(text, parameters, "holdout_balance")
    counter = spared.Counter(here, begun.secret)

    def write(folder: Path) -> int:
        counts = build.engine.gather(query, counter, spared.COUNT).to_pylist()
        return written(spared.checked(here, counts), folder)

    build.stage("holdout_balance", digest(begun.version, build.key(query)), write)


def _counts(build: Build, parameters: Parameters, here: Tonight) -> None:
    """``funnel``: from the audience to the plan, one row a campaign and step."""
    text = """WITH chosen AS (SELECT customer_id, COUNT(*) AS contacts FROM plan GROUP BY customer_id)
SELECT bid.customer_id, bid.fate, COALESCE(chosen.contacts, 0) AS contacts
FROM bid LEFT JOIN chosen ON bid.customer_id = chosen.customer_id"""
    query = compile_query(text, parameters, "funnel")
    planned = compile_query("SELECT campaign, COUNT(*) AS contacts FROM plan GROUP BY campaign", parameters, "funnel")

    def write(folder: Path) -> int:
        fates = build.engine.gather(query, flat.Fates(here), flat.FATE).to_pylist()
        return written(flat.funnel(here, fates, build.engine.fetch(planned).to_pylist()), folder)

    build.stage("funnel", build.key(query), write)


def attach_standing(build: Build, parameters: Parameters, earlier: Sequence[Published]) -> None:
    """``plan_standing``: contacts that earlier nights planned for days of which no contact is delivered yet."""
    columns = {
        "customer_id": "BIGINT", "campaign": "VARCHAR", "offer": "VARCHAR", "channel": "VARCHAR", "purpose": "VARCHAR",
        "planned_day": "DATE",
    }  # fmt: skip
    folders: list[Path] = [night.table("plan") for night in earlier]
    keys = [night.manifest["tables"]["plan"]["hash"] for night in earlier]
    build.attach(
        "plan_earlier", [file for folder in folders for file in parquet_files([folder])], columns, digest(*keys)
    )
    text = f"""WITH reported AS (SELECT MAX(date_of(contacted_at)) AS until FROM contact)
SELECT {", ".join(f"plan_earlier.{name}" for name in columns)}
FROM plan_earlier CROSS JOIN reported
WHERE plan_earlier.planned_day <= as_of() AND (reported.until IS NULL OR plan_earlier.planned_day > reported.until)"""
    build.define("plan_standing", compile_query(text, parameters, "plan_standing"))


def standing(workspace: Workspace, parameters: Parameters) -> list[Published]:
    """Published nights before this one whose plans may still lie ahead or be unreported."""
    first = parameters.as_of - timedelta(days=parameters.settings.integer("decisions.history_days"))
    return [
        night
        for night in nights(workspace)
        if first <= night.as_of < parameters.as_of and "plan" in night.manifest["tables"]
    ]
