"""Value: expected gain in fen of each customer and product class, if the offer is taken."""

from kequn.insight.scores.value.fit import FAMILY, fit
from kequn.insight.scores.value.night import stage, training, watched
from kequn.insight.scores.value.score import score

COLUMNS = {
    "customer_id": "the customer, a whole number",
    "as_of": "fit: the day of the purchase",
    "purchase_id": "fit, optional: the purchase, once each",
    "product_class": "fit: what was bought, a text",
    "amount_fen": "fit: the label, how much",
    "aum_fen": "fit: AUM of the day before",
    "new_money_fen": "fit: rise of AUM over the next 90 days, between 0 and the amount",
    "fee_bp": "fit, optional: the product's fee, basis points a year",
    "split": "fit, optional: train or validate, instead of a split in time",
    "tier": "a text",
    "aum": "score: AUM today in fen",
    "leaving": "score, optional: chance that the customer leaves, 0 to 1",
}

__all__ = ["COLUMNS", "FAMILY", "fit", "score", "stage", "training", "watched"]
