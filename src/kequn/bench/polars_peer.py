"""A peer: Polars computing a core of the tag table from the same parts (lazy, streaming)."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from kequn.bank.store import parts
from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.workspace import Workspace

COMPARED = ("aum", "aum_month_avg", "payroll_months_12m", "spend_count_90d", "logins_90d", "outflow_own_name_90d")


def core_tags(workspace: Workspace, as_of: date) -> pl.LazyFrame:
    """About thirty of the heavier tags, one row a customer; accounts in other currencies are left out."""
    night = current(workspace, as_of)
    if night is None:
        raise KequnError(f"No night of {as_of} to take customers from.")
    identity = pl.scan_parquet(night.table("identity") / "*.parquet").select("party_id", "customer_id")
    account = _scan(workspace, "account", as_of).filter(pl.col("currency") == workspace.settings.text("bank.currency"))
    owner = account.join(identity, on="party_id").select("account_id", "customer_id", "asset_class")
    tables = [
        _money(_scan(workspace, "balance", as_of), owner, as_of),
        _postings(_scan(workspace, "posting", as_of), owner, as_of),
        _app(_scan(workspace, "app_event", as_of), identity, as_of),
    ]
    whole = identity.select("customer_id").unique()
    for table in tables:
        whole = whole.join(table, on="customer_id", how="left")
    return whole


def compare(workspace: Workspace, as_of: date) -> dict[str, Any]:
    """Seconds to compute the core tags, their number, and whether those shared with Kequn are equal."""
    started = time.perf_counter()
    table = core_tags(workspace, as_of).collect(engine="streaming")
    seconds = time.perf_counter() - started
    night = current(workspace, as_of)
    assert night is not None
    customers = pl.scan_parquet(night.table("customer") / "*.parquet").filter(pl.col("aum_foreign").fill_null(0) == 0)
    ours = customers.select("customer_id", *COMPARED).collect()
    both = ours.join(table, on="customer_id", suffix="_peer")
    equal = {
        name: int((both[name].fill_null(0) == both[f"{name}_peer"].fill_null(0)).sum()) == len(both)
        for name in COMPARED
    }
    return {"tag_seconds": round(seconds, 3), "tags": table.width - 1, "customers": table.height, "equal": equal}


def _scan(workspace: Workspace, table: str, as_of: date) -> pl.LazyFrame:
    files = [file for folder in parts(workspace, table, as_of) for file in sorted(Path(folder).glob("*.parquet"))]
    return pl.scan_parquet(files)


def _money(balance: pl.LazyFrame, owner: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    opening = as_of.replace(day=1)
    rows = balance.filter(pl.col("valid_from") <= as_of).select("account_id", "valid_from", "change_fen")
    amount, day = pl.col("change_fen"), pl.col("valid_from")
    measures = [amount.sum().alias("aum"), amount.filter(day > as_of - timedelta(days=90)).sum().alias("aum_trend_90d")]
    last = as_of
    for back in range(13):
        days = (last - opening).days + 1
        weight = pl.when(day <= opening).then(days).otherwise((pl.lit(last) - day).dt.total_days() + 1)
        measures.append((amount * pl.when(day > last).then(0).otherwise(weight)).sum().alias(f"day_sum_{back}"))
        last = opening - timedelta(days=1)
        opening = last.replace(day=1)
    by_account = rows.group_by("account_id").agg(measures).join(owner, on="account_id")
    held = [
        pl.col("aum").filter(pl.col("asset_class") == name).sum().alias(f"aum_{name}")
        for name in ("deposit", "wealth", "fund", "insurance", "metal", "other")
    ]
    sums = [pl.col("aum", "aum_trend_90d").sum(), pl.col("^day_sum_.*$").sum(), *held]
    days = as_of.day
    half = pl.col("day_sum_0").abs() * 2 + days
    average = (half // (2 * days)) * pl.col("day_sum_0").sign()
    return by_account.group_by("customer_id").agg(sums).with_columns(average.alias("aum_month_avg"))


def _postings(posting: pl.LazyFrame, owner: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    day, amount, kind = pl.col("posted_at").dt.date(), pl.col("amount_fen"), pl.col("kind")
    incoming, outgoing = pl.col("direction") == "in", pl.col("direction") == "out"
    recent, payroll = day > as_of - timedelta(days=90), (kind == "payroll") & incoming
    spend = kind.is_in(["card_spend", "household", "tuition", "toll", "fuel"]) & outgoing & recent
    own = pl.col("own_name").fill_null(False) & recent & (kind == "transfer")
    year = pl.date(as_of.year - 1, as_of.month, 1).dt.offset_by("1mo")
    rows = posting.filter(day <= as_of).join(owner.select("account_id", "customer_id"), on="account_id")
    return rows.group_by("customer_id").agg(
        spend.sum().alias("spend_count_90d"),
        amount.filter(spend).sum().alias("spend_90d"),
        amount.filter(incoming & recent).sum().alias("inflow_90d"),
        amount.filter(outgoing & recent).sum().alias("outflow_90d"),
        amount.filter(own & outgoing).sum().alias("outflow_own_name_90d"),
        amount.filter(own & incoming).sum().alias("inflow_own_name_90d"),
        day.filter(payroll & (day >= year)).dt.truncate("1mo").n_unique().alias("payroll_months_12m"),
        amount.filter(payroll & (day >= year)).sum().alias("payroll_12m"),
        day.filter(payroll).max().alias("last_pay_on"),
        day.filter(pl.col("channel") != "auto").max().alias("last_own_posting_on"),
    )


def _app(event: pl.LazyFrame, identity: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    day, login = pl.col("happened_at").dt.date(), pl.col("kind") == "login"
    rows = event.filter(day <= as_of).join(identity, on="party_id")
    return rows.group_by("customer_id").agg(
        (login & (day > as_of - timedelta(days=90))).sum().alias("logins_90d"),
        (login & (day > as_of - timedelta(days=30))).sum().alias("logins_30d"),
        day.filter(login).max().alias("last_login_on"),
    )
