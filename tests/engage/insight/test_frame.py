"""Who sees which page, of whose customers; no page shows more, and none breaks where something is missing."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kequn.engage.insight.frame import a_month
from kequn.engage.insight.wording import plain, sentence
from kequn.engage.orgs.models import Org
from kequn.engage.orgs.roles import Role
from kequn.insight.reading import definitions

from .conftest import EXPORTS, PAGES, SEEING, page, staff

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.mark.parametrize("named", PAGES, ids="-".join)
@pytest.mark.parametrize("role", SEEING, ids=str)
def test_every_page_opens_in_both_languages(as_, django_assert_max_num_queries, role, named):
    who = staff(role)
    for language in ("zh-hans", "en"):
        client = as_(who, language)
        with django_assert_max_num_queries(MOST_QUERIES):
            answer = client.get(page(named))
        assert answer.status_code == 200
        text = answer.content.decode()
        assert "style=" not in text
        assert "<script>" not in text


@pytest.mark.parametrize("named", [*PAGES, *EXPORTS], ids="-".join)
def test_others_stay_outside(as_, named):
    engineer = named[0] in ("tags", "tag", "tag_lineage", "scores", "score")
    assert as_(Role.DATA_ENGINEER).get(page(named)).status_code == (200 if engineer else 403)
    assert as_(Role.ADMINISTRATOR).get(page(named)).status_code == 403


@pytest.mark.parametrize("named", PAGES, ids="-".join)
def test_before_the_first_night_a_page_says_what_to_run(as_, no_night, named):
    answer = as_(staff_without_night(Role.ANALYST), "en").get(page(named))
    assert answer.status_code == 200
    assert "kequn night" in answer.content.decode()


def staff_without_night(role):
    from kequn.engage.orgs.models import Staff

    return Staff.objects.filter(role=role, is_active=True).first()


@pytest.mark.parametrize("named", PAGES, ids="-".join)
def test_without_scores_and_campaigns_a_page_says_so(as_, scoreless, named):
    answer = as_(staff(Role.ANALYST), "en").get(page(named))
    assert answer.status_code == 200
    if named[0] in ("warned", "score", "overview"):
        assert "kequn scores fit" in answer.content.decode()


@pytest.mark.parametrize("name", ["overview", "tiers", "segments", "prospects", "tags", "warned"])
def test_an_org_outside_the_scope_is_not_there(as_, name):
    manager = staff(Role.BRANCH_MANAGER)
    own = manager.org
    sibling = (
        Org.objects.filter(parent=own.parent).exclude(pk=own.pk).first()
        or Org.objects.filter(level=own.level).exclude(pk=own.pk).first()
    )
    outlet = Org.objects.filter(parent=own).first()
    client = as_(manager)
    answers = {
        org: client.get(page((name,), org=org)).status_code
        for org in (own.org_id, outlet.org_id, own.parent_id, sibling.org_id, "nowhere")
    }
    assert list(answers.values()) == [200, 200, 404, 404, 404]
    assert as_(staff(Role.RM)).get(page((name,), org=own.org_id)).status_code == 404
    assert as_(staff(Role.ANALYST)).get(page((name,), org=sibling.org_id)).status_code == 200


@pytest.mark.parametrize(
    "named",
    [("tag", "nothing"), ("tag_lineage", "nothing"), ("segment", "nothing"), ("segment", "aum"),
     ("white_list", "payroll", "nothing"), ("white_list", "nothing", "has_wealth"), ("prospect_rule", "nothing"),
     ("score", "nothing")],
    ids="-".join,
)  # fmt: skip
def test_what_is_not_defined_is_not_there(as_, named):
    assert as_(staff(Role.ANALYST)).get(page(named)).status_code == 404


@pytest.mark.parametrize(
    "query", ["from=2026-13", "from=x&to=' OR 1=1", "way=sideways&page=-1", "page=99999", "tier_from=%27&page=%00"]
)
def test_nonsense_in_the_address_is_the_usual_page(as_, query):
    assert as_(staff(Role.ANALYST)).get(f"{reverse('tier_movers')}?{query}").status_code == 200


def test_a_month_is_written_as_year_and_month():
    assert a_month("2026-05").isoformat() == "2026-05-01"
    assert a_month("2026-5-1") is None
    assert a_month("") is None


def test_a_rule_is_said_in_words(bank, chinese):
    known = definitions(bank)
    told = sentence("payroll_months_3m >= 2 and tier in ('gold', 'private')", known, bank.settings)
    assert told == "「近3个月代发月数」 ≥ 2 且 「层级」 属于 (贵宾金, 私行)"
    assert (
        sentence("aum >= yuan(2000) and region is not null", known, bank.settings)
        == "「金融资产」 ≥ 2,000元 且 「居住地区」 不为空"
    )
    assert "500万元" in sentence("aum >= yuan(setting('prospects.corporate_capital_yuan'))", known, bank.settings)
    assert str(bank.settings["lifecycle.dormant_days"]) in sentence(
        "days_since_login > setting('lifecycle.dormant_days')", known, bank.settings
    )


def test_names_of_settings_are_left_out():
    assert plain("月均（prospects.settle_expected_percent）减去") == "月均减去"
    assert plain("A share (prospects.settle_expected_percent) less") == "A share less"
    assert plain("以（元）计") == "以（元）计"
