"""Channel and hour: how likely a customer answers through each channel, and which to take."""

from kequn.insight.scores.channel.fit import FAMILY, fit
from kequn.insight.scores.channel.night import stage, training, watched
from kequn.insight.scores.channel.score import score

COLUMNS = {
    "customer_id": "the customer, a whole number",
    "as_of": "fit: the day of the contact",
    "channel": "fit: the channel of the contact, a text",
    "responded": "fit: the label, whether it was answered with interest (clicked, interested, bought)",
    "contact_id": "fit, optional: the contact, once each",
    "daypart": "fit, optional: morning, midday, afternoon or evening",
    "propensity": "fit, optional: probability with which the past policy chose this contact",
    "product_id": "fit, optional: what was offered, as far as the propensity covers it",
    "split": "fit, optional: train or validate, instead of a split in time",
    "tier": "optional: a text; thin histories are drawn to it",
    "segment": "optional: a text; thin histories are drawn to it within the tier",
    "<channel>_contacts, _positives, _opened, _refused": "optional: counts before the contact, or by today (score)",
    "may_<channel>, opted_out, has_mobile, app_user, staff_id, has_email": "score: who may and can be reached",
    "any other": "a feature: number, flag or text",
}

__all__ = ["COLUMNS", "FAMILY", "fit", "score", "stage", "training", "watched"]
