import pytest

from kequn.decisions.bids import NO_AGE_LIMIT, BidCampaign, BidOffer, BidPair, Bids, Product
from kequn.errors import KequnError
from kequn.insight.scores.product.masks import NO_LIMIT

CAMPAIGN = BidCampaign(0, "spring", "marketing", everybody=False, holdout_share=0.1)
OFFER = BidOffer(0, 0, "gift", None)
PAIR = BidPair(0, 0, 0, "sms")


def test_bids_that_fit_together_are_taken():
    assert Bids((CAMPAIGN,), (OFFER,), (PAIR,)).pairs == (PAIR,)


@pytest.mark.parametrize(
    ("campaigns", "offers", "pairs", "said"),
    [
        ((BidCampaign(1, "spring", "marketing", False, 0),), (), (), "Campaign numbers"),
        ((CAMPAIGN,), (BidOffer(0, 3, "gift", None),), (), "Offer gift is of campaign 3"),
        ((CAMPAIGN,), (OFFER,), (BidPair(0, 0, 2, "sms"),), "Pair 0: offer 2"),
        ((CAMPAIGN,), (OFFER,), (BidPair(0, 1, 0, "sms"),), "none of campaign 1"),
        ((BidCampaign(0, "universal", "marketing", True, 0),), (), (), "called universal"),
    ],
)
def test_bids_that_do_not_fit_are_refused(campaigns, offers, pairs, said):
    with pytest.raises(KequnError, match=said):
        Bids(campaigns, offers, pairs)


def test_a_product_is_named_by_class_or_by_class_and_subtype():
    product = Product(product_class="deposit", subtype="demand")
    assert product.within(["deposit"])
    assert product.within(["card", "deposit/demand"])
    assert not product.within(["deposit/time", "demand"])


def test_ages_end_where_those_of_recommendations_end():
    assert NO_AGE_LIMIT == NO_LIMIT
