"""The tasks of the bench of the scores, each run in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kequn.engine.duck import BATCH_ROWS
from kequn.engine.macros import Parameters
from kequn.engine.publish import current
from kequn.errors import KequnError
from kequn.insight.catalogue import catalogue
from kequn.insight.reading import reading
from kequn.insight.scores import attrition, life, store
from kequn.insight.scores.attrition.ensemble import POOLED, ensemble
from kequn.insight.scores.attrition.score import probabilities
from kequn.insight.scores.encoding import encoded
from kequn.insight.scores.replay import past, sample_percent
from kequn.workspace import Workspace


def fit(home: Path, as_of: str, customers: int | None = None) -> dict[str, Any]:
    """Fit all families: seconds and figures of each."""
    made = life.fit(Workspace.open(home), [], date.fromisoformat(as_of), customers=customers, promote=True)
    return {"families": made}


def quality(home: Path, as_of: str) -> dict[str, Any]:
    """Attrition, product and channel beside the oracles that know the truth of the sandbox."""
    from kequn.bench.channel_oracle import channel_oracle  # noqa: PLC0415
    from kequn.bench.product_oracle import product_oracle  # noqa: PLC0415
    from kequn.bench.scores_oracle import attrition_oracle, shares_of_oracle  # noqa: PLC0415
    from kequn.insight.scores import product  # noqa: PLC0415

    workspace, day = Workspace.open(home), date.fromisoformat(as_of)
    settings, definitions = workspace.settings, catalogue(workspace)
    parameters = Parameters(day, settings)
    table = attrition.training(workspace, definitions, parameters)
    model = store.load(workspace, "attrition")
    products = product.training(workspace, definitions, parameters)
    later = products.filter(pc.equal(products["as_of"], pc.max(products["as_of"])))
    with past(
        workspace, day, sample_percent(workspace, day, settings.integer("scores.sample_customers")), definitions
    ) as bank:
        oracle = attrition_oracle(bank, table, settings)
        best = product_oracle(bank, store.load(workspace, "product"), later)
    night = current(workspace, day)
    if night is None:
        raise KequnError(f"There is no night of {as_of}.")
    scores = pq.read_table(sorted(night.table("score_channel").glob("*.parquet")))
    return {
        "attrition": model.about["metrics"], "attrition_oracle": oracle.about["metrics"]["pooled"],
        "attrition_share_of_oracle": shares_of_oracle(model, oracle),
        "product": store.load(workspace, "product").about["metrics"], "product_oracle": best,
        "channel": channel_oracle(workspace, scores, day),
        "value": store.load(workspace, "value").about["metrics"],
        "uplift": store.load(workspace, "uplift").about["metrics"],
    }  # fmt: skip


def speed(home: Path, as_of: str, customers: int) -> dict[str, Any]:
    """CPU seconds of scoring ``customers`` rows for attrition, against LightGBM alone on ready matrices, in one run."""
    import lightgbm  # noqa: PLC0415

    workspace = Workspace.open(home)
    model = store.load(workspace, "attrition")
    with reading(workspace, "customer", as_of=date.fromisoformat(as_of)) as night:
        pool = night.engine.fetch(attrition.input_query(catalogue(workspace), night.parameters))
    chance = np.random.default_rng(1)
    taken = [chance.integers(0, pool.num_rows, min(BATCH_ROWS, customers - n)) for n in range(0, customers, BATCH_ROWS)]
    pieces = ensemble(model)
    booster = pieces.boosters[POOLED]
    plain = lightgbm.Booster(model_str=booster.text)
    spent = np.zeros(4)
    for places in taken:
        batch = pool.take(pa.array(places)).combine_chunks()
        matrix = np.asarray(encoded(batch, booster.features))
        spent[0] += _timed(partial(plain.predict, matrix, num_threads=1))
        spent[1] += _timed(partial(booster.predict, batch))
        spent[2] += _timed(partial(probabilities, pieces, batch))
        spent[3] += _timed(partial(attrition.score, model, batch))
    names = ("plain_cpu_s", "pooled_cpu_s", "segments_cpu_s", "with_drivers_cpu_s")
    found = {name: round(float(value), 2) for name, value in zip(names, spent, strict=True)}
    return {"customers": customers, **found, "times_plain": round(float(spent[1] / spent[0]), 3)}


def product_seconds(home: Path, customers: int) -> dict[str, Any]:
    """CPU seconds of the ten best products of each customer."""
    from kequn.bench.product_speed import product_speed  # noqa: PLC0415

    return product_speed(store.load(Workspace.open(home), "product"), customers)


def _timed(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started
