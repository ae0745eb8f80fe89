"""Pages of audiences: who may open what, what is kept, and what happens when two save at once."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from kequn.engage.audiences.counting import Looker
from kequn.engage.audiences.keeping import Draft, create
from kequn.engage.audiences.models import Audience
from kequn.engage.audiences.views import MAKERS, READERS
from kequn.engage.audit.models import Entry
from kequn.engage.orgs.roles import Role
from kequn.engage.site.night import Night
from tests.engage.conftest import staff_of

RULE = "age >= 30 and not credit_card"
FORM = {"name": "三十岁以上", "rule": RULE, "note": "第一版", "base": "0"}
QUERIES_MOST = 25


@pytest.fixture
def kept(db, night: Night) -> Audience:
    """An audience of the analyst."""
    owner = staff_of(Role.ANALYST)
    return create(Looker(night, owner.scope), owner, Draft("kept", RULE))


def text(response) -> str:
    return response.content.decode()


def test_the_first_visit_offers_examples(as_):
    page = text(as_(Role.ANALYST).get(reverse("audiences")))
    assert page.count("/audiences/new/?rule=") == 3
    assert "?rule=" not in text(as_(Role.APPROVER).get(reverse("audiences")))


def test_every_example_opens_in_the_builder_and_counts_somebody(as_, night):
    from kequn.engage.audiences.forms import examples

    for _, rule in examples():
        page = as_(Role.ANALYST).get(reverse("audience_new") + "?" + urlencode({"rule": rule}))
        assert page.context["rule"] == rule
        assert "audience-customers" in text(as_(Role.ANALYST).get(reverse("audience_count"), {"rule": rule}))


def test_saving_makes_a_first_version(as_, night):
    response = as_(Role.ANALYST).post(reverse("audience_new"), FORM)
    audience = Audience.objects.get()
    assert response.url == reverse("audience", args=[audience.pk])
    version = audience.newest
    assert (version.number, version.rule, version.note, version.night) == (1, RULE, "第一版", night.key)
    assert version.customers == night.value("SELECT COUNT(*) FROM customer WHERE age >= 30 AND NOT credit_card")
    assert Entry.objects.first().subject == f"audience:{audience.pk}"


def test_each_change_of_the_rule_is_a_version(as_, kept):
    browser = as_(Role.ANALYST)
    edit = reverse("audience_edit", args=[kept.pk])
    browser.post(edit, FORM | {"rule": "age >= 40", "base": "1"})
    browser.post(edit, FORM | {"rule": "age >= 40", "base": "2", "name": "only the name"})
    kept.refresh_from_db()
    assert (kept.newest.number, kept.rule, kept.name) == (2, "age >= 40", "only the name")
    page = text(browser.get(reverse("audience_compare", args=[kept.pk])))
    assert "年龄 不少于 40" in page
    assert "年龄 不少于 30" in page
    assert "非信用卡" in page


def test_who_saves_over_a_newer_version_chooses_and_loses_nothing(as_, kept):
    browser = as_(Role.ANALYST)
    edit = reverse("audience_edit", args=[kept.pk])
    browser.post(edit, FORM | {"rule": "age >= 40", "base": "1"})
    answer = browser.post(edit, FORM | {"rule": "age >= 50 and payroll", "base": "1"})
    assert answer.status_code == 409
    page = text(answer)
    assert "age &gt;= 50 and payroll" in page
    assert "年龄 不少于 40" in page
    kept.refresh_from_db()
    assert kept.rule == "age >= 40"
    # keep mine: the button sends the newest version as the base, beside the field of the form
    browser.post(edit, FORM | {"rule": "age >= 50 and payroll", "base": ["1", "2"]})
    kept.refresh_from_db()
    assert (kept.rule, kept.newest.number) == ("age >= 50 and payroll", 3)
    assert [each.rule for each in kept.versions.all()] == ["age >= 50 and payroll", "age >= 40", RULE]


@pytest.mark.parametrize(
    ("rule", "said"),
    [("age >= 30 and credit_kard", "credit_card"), ("age >=", "第 1 行"), ("tier = 'golden'", "gold"),
     ("", "还没有条件"),
     ("age >= 30；payroll", "全角"), ("1 = 1 or (", "1")],
)  # fmt: skip
def test_a_wrong_rule_is_kept_and_its_place_shown(as_, rule, said):
    answer = as_(Role.ANALYST).post(reverse("audience_new"), FORM | {"rule": rule})
    assert answer.status_code == 422
    assert said in text(answer)
    assert answer.context["rule"] == rule
    assert FORM["name"] in text(answer)
    assert not Audience.objects.exists()


def test_a_tag_that_the_night_lacks_is_told(as_, night, monkeypatch):
    columns = {name: kind for name, kind in night.columns["customer"].items() if name != "aum_deposit"}
    monkeypatch.setitem(night.columns, "customer", columns)
    page = text(as_(Role.ANALYST).get(reverse("audience_count"), {"rule": "aum_deposit > 5"}))
    assert "aum_deposit 比已发布的夜批新" in page
    assert "kequn night" in page


@pytest.mark.parametrize("rule", ["aum * 9223372036854775807 > 5", "next_maturity_on < add_days(as_of(), 99999999999)"])
def test_what_compiles_but_cannot_be_computed_is_told(as_, night, rule):
    browser = as_(Role.ANALYST)
    for name in ("audience_count", "audience_details", "audience_beside"):
        answer = browser.post(reverse(name), {"rule": rule})
        assert answer.status_code == 200
        assert "规则无法计算" in text(answer)
    answer = browser.post(reverse("audience_new"), FORM | {"rule": rule})
    assert answer.status_code == 422
    assert "规则无法计算" in text(answer)
    assert not Audience.objects.exists()


def test_two_hundred_conditions_are_counted(as_, night):
    rule = " and ".join(f"age <> {number}" for number in range(200))
    page = as_(Role.ANALYST).post(reverse("audience_count"), {"rule": rule})
    assert "audience-customers" in text(page)
    far = " and ".join(["age > 1"] * 1500)
    assert "alert" in text(as_(Role.ANALYST).post(reverse("audience_count"), {"rule": far}))


def test_names_may_hold_anything(as_, night):
    name = "Ω “引号” 'x' \"y\" <b>😀𠮷"
    as_(Role.ANALYST).post(reverse("audience_new"), FORM | {"name": name})
    page = text(as_(Role.ANALYST).get(reverse("audiences"), {"q": "😀𠮷"}))
    assert "&lt;b&gt;😀𠮷" in page
    assert "<b>😀" not in page
    assert "没有符合条件的客群" in text(as_(Role.ANALYST).get(reverse("audiences"), {"q": "%"}))


def test_an_archived_audience_can_be_brought_back(as_, kept):
    browser = as_(Role.ANALYST)
    for away, listed in (("1", False), ("0", True)):
        browser.post(reverse("audience_archive", args=[kept.pk]), {"away": away})
        for given, there in (({"q": "ke"}, listed), ({"archived": "on"}, not listed)):
            page = browser.get(reverse("audiences"), given).context["page"]
            assert (kept in page.object_list) is there


def test_a_clone_is_one_s_own(as_, kept):
    Audience.objects.update(shared=True)
    as_(Role.MAKER).post(reverse("audience_clone", args=[kept.pk]))
    copy = Audience.objects.exclude(pk=kept.pk).get()
    assert (copy.rule, copy.owner, copy.shared) == (kept.rule, staff_of(Role.MAKER), False)


PATHS = ["audience", "audience_edit", "audience_compare", "audience_members"]
ACTS = ["audience_clone", "audience_archive"]


@pytest.mark.parametrize("name", PATHS + ACTS)
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("role", [Role.MAKER, Role.APPROVER, Role.BRANCH_MANAGER])
def test_others_see_what_is_shared_and_change_nothing(as_, kept, name, shared, role):
    Audience.objects.update(shared=shared)
    browser = as_(role)
    address = reverse(name, args=[kept.pk])
    answer = browser.post(address) if name in ACTS else browser.get(address)
    makes = name in ("audience_edit", *ACTS)
    if makes and role not in MAKERS:
        assert answer.status_code == 403
    elif role is Role.BRANCH_MANAGER or not shared or name in ("audience_edit", "audience_archive"):
        assert answer.status_code == 404
    else:
        assert answer.status_code in (200, 302)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TELLER}))
def test_the_list_is_for_those_who_work_with_audiences(as_, role):
    assert as_(role).get(reverse("audiences")).status_code == (200 if role in READERS else 403)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_ask_the_database_little(as_, kept, django_assert_max_num_queries, language):
    browser = as_(Role.ANALYST, language)
    browser.get(reverse("audiences"))
    for address in [reverse("audiences"), reverse("audience_new"), *(reverse(name, args=[kept.pk]) for name in PATHS)]:
        with django_assert_max_num_queries(QUERIES_MOST):
            assert browser.get(address).status_code == 200, address
    for name in ("audience_count", "audience_details", "audience_beside"):
        with django_assert_max_num_queries(QUERIES_MOST):
            assert browser.post(reverse(name), {"rule": RULE}).status_code == 200


def test_before_the_first_night_pages_say_what_to_run(as_, no_night, db):
    browser = as_(Role.ANALYST)
    assert browser.get(reverse("audiences")).status_code == 200
    assert "kequn night" in text(browser.get(reverse("audience_new")))
