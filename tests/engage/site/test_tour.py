"""The tour of a first visit: on one's own home page, until it was taken or declined."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.site.navigation import HOMES
from kequn.engage.site.tour import HERE, steps

BOX = "data-tour-text"


@pytest.mark.parametrize("home", sorted(set(HOMES.values())))
def test_every_home_page_says_what_it_is_for(home):
    told = steps(home)
    assert told[0].at == "h1"
    assert all(step.zh and step.en for step in told)


def test_no_page_is_described_that_is_nobodys_home():
    assert set(HERE) == set(HOMES.values())


def test_it_is_offered_on_the_home_page_until_it_was_seen(as_, night):
    browser = as_(Role.ANALYST)
    home, other = reverse(HOMES[Role.ANALYST]), reverse("tags")
    assert BOX in browser.get(home).text
    assert BOX not in browser.get(other).text
    assert browser.post(reverse("tour_seen")).status_code == 204
    assert BOX not in browser.get(home).text
    assert Staff.objects.filter(toured=True).count() == 1


def test_whoever_wants_takes_it_again(as_, night):
    browser = as_(Role.ANALYST)
    browser.post(reverse("tour_seen"))
    assert BOX in browser.get(reverse("home") + "?tour=1", follow=True).text


def test_seeing_it_is_an_act_and_no_link(as_):
    assert as_(Role.ANALYST).get(reverse("tour_seen")).status_code == 405
