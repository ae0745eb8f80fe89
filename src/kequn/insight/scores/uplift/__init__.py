"""Uplift: what a contact changes, and whom it is worth to contact."""

from kequn.insight.scores.uplift.fit import FAMILY, fit
from kequn.insight.scores.uplift.night import stage, training, watched
from kequn.insight.scores.uplift.score import score

COLUMNS = {
    "customer_id": "the customer, a whole number",
    "as_of": "fit: the date of the features, before the contact",
    "treated": "fit: whether the customer was contacted",
    "outcome": "fit: the label, whether the customer bought afterwards",
    "propensity": "fit, optional: chance to be contacted, of the row, above 0 and below 1; estimated where empty",
    "product_class": "optional: what was offered; scores and uniqueness are by it",
    "split": "fit, optional: train or validate, instead of a split in time",
    "any other": "a feature: number, flag or text",
}

__all__ = ["COLUMNS", "FAMILY", "fit", "score", "stage", "training", "watched"]
