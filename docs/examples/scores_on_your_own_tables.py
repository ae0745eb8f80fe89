"""Fit and score response models on three public data sets. Run it from the project's root; cells start with ``# %%``.

Every model is judged on rows that it was not fitted on, beside two plain models that were fitted on the same rows.
"""

# %% What is needed. The data lie beside the project, in ../shared/data.
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from kequn.insight.scores import response
from kequn.insight.scores.model import Model
from kequn.workspace import Settings

DATA = Path("../shared/data")
SETTINGS = Settings.load().changed(scores__response_steps=0)  # the default, 4, also judges models fitted anew over time
found: dict[str, Model] = {}

# %% Bank marketing: 32,950 calls in the order in which they were made, without dates.
# The duration of a call is known only afterwards: it is no feature.
calls = csv.read_csv(DATA / "bank_marketing" / "calls_first_80pct.csv", parse_options=csv.ParseOptions(delimiter=";"))
calls = calls.append_column("taken", pc.equal(calls["y"], "yes"))
for share in (0.3, 0.2):
    table = response.by_order(calls, share)
    found[f"bank marketing, last {share:.0%}"] = response.fit(table, SETTINGS, ignore=["y", "duration"])

# %% Bank churners: 10,127 card customers without any time. A hash of the customer says who validates.
people = csv.read_csv(DATA / "bankchurners" / "BankChurners.csv")
people = people.append_column("taken", pc.equal(people["Attrition_Flag"], "Attrited Customer"))
table = response.by_hash(people, "CLIENTNUM", 0.3)
found["bank churners, 30% by hash"] = response.fit(table, SETTINGS, ignore=["Attrition_Flag", "CLIENTNUM"])

# %% CDNOW: 69,659 purchases. At the ends of three quarters: who buys again within 90 days? The last quarter validates,
# and training ends 90 days before it, so that no outcome of training lies among the days that validate.
bought = csv.read_csv(DATA / "cdnow" / "purchases.csv.gz")
bought = pa.table({"customer_id": bought["users_id"], "day": bought["date"], "amount": bought["amt"]})
ends = [date(1997, 9, 30), date(1997, 12, 31), date(1998, 3, 31)]
table = response.recency_frequency(bought, ends, 90)
found["CDNOW, buys again in 90 days"] = response.fit(table, SETTINGS, gap_days=90)

# %% AUC on the rows that validate: ours beside the plain models.
print(f"{'':30} {'rows':>6} {'ours':>6} {'logistic':>9} {'LightGBM':>9}")
for name, model in found.items():
    figures = model.about["metrics"]
    ours, logistic, boosting = (figures[each]["auc"] for each in ("pooled", "baseline", "default_boosting"))
    print(f"{name:30} {figures['pooled']['rows']:6,} {ours:6.3f} {logistic:9.3f} {boosting:9.3f}")

# %% Score: one probability a row, in the table's order.
print(response.score(model, table.slice(table.num_rows - 3)).to_pylist())
