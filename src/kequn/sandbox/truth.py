"""What only the sandbox knows: latent traits, true persons, and AUM as it would have been without contacts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from kequn.sandbox.codes import CHANNEL, CLASS
from kequn.sandbox.contacts import BUYING, SAVING
from kequn.sandbox.lives import Lives
from kequn.sandbox.party import Parties
from kequn.sandbox.people import People
from kequn.sandbox.plan import NEVER, Floats, Ints, Plan
from kequn.sandbox.world import World

README = """# Truth

Only tests, benchmarks and measurement reports read this folder. Money is whole fen.

- `customer.parquet`: one row a person: `person`, `parties` (party numbers of the sandbox source), `..._on` (life
  events), `hazard` (yearly hazard of leaving while content), `leaves_untouched` and `leaves` (first day of taking the
  money out, without and with the past contacts), `kept_on` (day on which a contact won the leaver back), `taste`
  (latent factors), `liking` (standardised liking of each product class: {classes}), `channel_taste` (leaning to each
  channel: {channels}), `annoyed`, `persuadable`, `outside_level` (level of the card at the other bank, 0 to 4),
  `target_fen` (wealth as drawn), `salary_yuan`.
- `untouched.parquet` and `observed.parquet`: AUM at each month's end, one column a month, in the order of
  `customer.parquet`: as it would have been without any contact, and as it was.
- `product.parquet`: latent factors and popularity of each product.
- `contact.parquet`: for each contact the true chance that it makes the customer buy (`effect`), and whether it did; it
  can only where the amount is within three times the wealth, the age fits and the period has five more days.
- `drift.parquet`: postings that were never delivered although the balance moved (account, day, fen).
- `dirt.json`: rows that loading must quarantine or count as duplicates, by table, day of delivery, reason and column,
  and the faults of parties that no check can see.

A delivered contact makes a person buy with the logistic of {buying}; a delivered personal contact (wecom, calls, RM)
within 60 days before, or during, the leaving keeps the person with the logistic of {saving}.
"""


def customer_table(people: People, base: Lives, real: Lives, who: Parties) -> pa.Table:
    """Latent traits of each person of a chunk."""
    plan = people.plan
    events = ("job_change", "paid_again", "house", "school", "retired", "shop", "unhappy")
    person = who.records.person
    order = np.argsort(person, kind="stable")
    starts = np.searchsorted(person[order], np.arange(len(people) + 1)).astype(np.int32)
    columns: dict[str, pa.Array] = {
        "person": pa.array(people.number),
        "parties": pa.ListArray.from_arrays(pa.array(starts), who.ids.take(pa.array(order))),
        "target_fen": pa.array(people.target),
        "hazard": pa.array(base.hazard),
        "leaves_untouched": _day(plan, base.leaves),
        "leaves": _day(plan, real.leaves),
        "kept_on": _day(plan, np.where(base.leaves < NEVER, real.halted, NEVER)),
        "taste": _vectors(people.taste),
        "liking": _vectors(people.liking),
        "channel_taste": _vectors(people.channel_taste),
        "annoyed": pa.array(people.annoyed),
        "persuadable": pa.array(people.persuadable.astype(np.float32)),
        "outside_level": pa.array(people.outside),
        "salary_yuan": pa.array(people.salary),
    }
    return pa.table(columns | {f"{name}_on": _day(plan, getattr(base, name)) for name in events})


def month_table(plan: Plan, people: People, aum: Ints) -> pa.Table:
    """AUM in fen of each person of a chunk, one column a month."""
    months = [plan.date_of(int(day)).strftime("%Y-%m") for day in plan.month_start[:-1]]
    return pa.table({"person": people.number} | {month: aum[:, number] for number, month in enumerate(months)})


def product_table(world: World) -> pa.Table:
    """Latent factors of each product."""
    return pa.table(
        {
            "product_id": world.shelf.ids,
            "popularity": world.shelf.popularity,
            "factors": _vectors(world.shelf.factors),
        }
    )


def keep(folder: Path, name: str, part: str, data: pa.Table) -> None:
    """Write a chunk's share of a truth table."""
    target = folder / f".{name}"
    target.mkdir(parents=True, exist_ok=True)
    pq.write_table(data, target / f"{part}.parquet", compression="zstd")


def join_parts(folder: Path) -> None:
    """Make one file of the shares of each truth table, chunk by chunk."""
    for parts in sorted(path for path in folder.glob(".*") if path.is_dir()):
        files = sorted(parts.glob("*.parquet"))
        with pq.ParquetWriter(
            folder / f"{parts.name[1:]}.parquet", pq.read_schema(files[0]), compression="zstd"
        ) as out:
            for file in files:
                out.write_table(pq.read_table(file))
                file.unlink()
        parts.rmdir()


def write_account(folder: Path, world: World, counts: Counter[tuple[str, str, str, str]], faults: Counter[str]) -> None:
    """Write what belongs to no chunk: product factors, expected faults, and the explanation."""
    pq.write_table(product_table(world), folder / "product.parquet")
    rows: list[dict[str, Any]] = [
        {"table": table, "delivered": day, "reason": reason, "column": column, "rows": rows}
        for (table, day, reason, column), rows in sorted(counts.items())
    ]
    expected = {
        "quarantine": [row for row in rows if row["reason"] != "duplicate"],
        "duplicate": [row for row in rows if row["reason"] == "duplicate"],
        "party_faults": dict(sorted(faults.items())),
    }
    (folder / "dirt.json").write_text(json.dumps(expected, indent=1), "utf-8")
    (folder / "README.md").write_text(_readme(), "utf-8")


def _readme() -> str:
    return README.format(
        buying=_formula(BUYING),
        saving=_formula(SAVING),
        classes=", ".join(CLASS.names),
        channels=", ".join(CHANNEL.names),
    )


def _formula(weights: dict[str, float]) -> str:
    return " + ".join(f"{weight} x {name}" if name != "start" else str(weight) for name, weight in weights.items())


def _day(plan: Plan, days: Ints) -> pa.Array:
    never = days >= NEVER
    return plan.dates(np.where(never, 0, days), never)


def _vectors(values: Floats) -> pa.Array:
    flat = pa.array(values.astype(np.float32).ravel())
    return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
