"""Response: who takes an offer, learned from any table with a label and a time."""

from kequn.insight.scores.response.fit import FAMILY, LABEL, fit
from kequn.insight.scores.response.score import score
from kequn.insight.scores.response.tables import by_hash, by_order, recency_frequency

COLUMNS = {
    "taken": "fit: the label, 0 and 1 or false and true; another name with label=...",
    "as_of": "fit: the date of the row; or split",
    "split": "fit: train or validate; rows without dates stand in time order",
    "customer_id": "optional: the customer",
    "any other": "a feature known before the contact: number, flag or text; leave others out with ignore=[...]",
}

__all__ = ["COLUMNS", "FAMILY", "LABEL", "by_hash", "by_order", "fit", "recency_frequency", "score"]
