"""What each customer would take next: products with reasons, and liking scores for wealth and funds.

``fit(table, settings, shelf)`` takes one row a customer and date:

- ``customer_id``, ``as_of``;
- ``interactions``, signs up to as_of as ``kind:days:product,...``: h held, r held and running out in so many days,
  e ended, d bought, f failed, a abandoned, v viewed;
- ``taken``, the products newly taken in the scores.outcome_days after as_of, ``product,...``;
- any of the tags in features.yaml;
- what the limits ask for: ``age, region, tier, aum`` (fen), ``risk_tolerance, assessment_valid,
  personalisation_refused, risk_signal, has_rm``. A column that is absent counts as not known, which never widens what
  is shown.

Or a long table, one row an event: ``customer_id, product_id, kind, happened_on`` (and ``ended_on`` of a holding).
``shelf`` has the columns of the standard table product. ``score`` and ``liking`` take one row a customer without
``taken``.
"""

from kequn.insight.scores.product.fit import fit
from kequn.insight.scores.product.nightly import stage, training, watched
from kequn.insight.scores.product.packing import FAMILY
from kequn.insight.scores.product.score import liking, score

__all__ = ["COLUMNS", "FAMILY", "fit", "liking", "score", "stage", "training", "watched"]

COLUMNS = {
    "customer_id": "identifier, one row each (and as_of)",
    "as_of": "date of the row; or split: train, validate (fit only)",
    "interactions": "signs up to as_of, kind:days:product,...",
    "taken": "products newly taken in the scores.outcome_days after as_of, product,... (fit only)",
    "age": "full years", "region": "code", "tier": "code", "aum": "fen", "risk_tolerance": "1 to 5 for C1 to C5",
    "assessment_valid": "true or false", "personalisation_refused": "true or false", "risk_signal": "true or false",
    "has_rm": "true or false: a relationship manager is assigned",
}  # fmt: skip
