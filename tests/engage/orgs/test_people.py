"""Administrators find people and act on them; auditors look on; nobody sees beyond their own org."""

from __future__ import annotations

import re
from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from kequn.engage.audit.models import Entry
from kequn.engage.orgs.directory import load
from kequn.engage.orgs.models import Assignment, Org, Staff
from kequn.engage.orgs.roles import EVERYONE, Role
from kequn.engage.orgs.tree import level

pytestmark = pytest.mark.django_db
PEOPLE = reverse("people")


@pytest.fixture
def rm():
    return Staff.objects.filter(role=Role.RM, is_active=True).first()


def listed(response):
    return [each.username for each in response.context["page"]]


def address(name, staff, *more):
    return reverse(name, args=[staff.username, *more])


def test_who_opens_what(as_, rm):
    pages = [PEOPLE, reverse("orgs"), address("staff", rm), address("assignments", rm)]
    acts = [reverse("staff_add"), address("staff_change", rm), address("staff_act", rm, "off")]
    for role in EVERYONE:
        browser = as_(role)
        reads, does = role in {Role.ADMINISTRATOR, Role.AUDITOR}, role is Role.ADMINISTRATOR
        assert {browser.get(page).status_code for page in pages} == {200 if reads else 403}, role
        assert {browser.get(page).status_code for page in acts} == {200 if does else 403}, role
        assert browser.get(reverse("me")).status_code == 200


@pytest.mark.parametrize(("typed", "found"), [("%", ["P%1"]), ("_", ["P_2"]), ("'一", ["P%1"]), ("😀", ["P_2"])])
def test_what_is_searched_for_is_taken_literally(as_, typed, found):
    org = Org.objects.get(parent=None)
    Staff.objects.create(username="P%1", name="张'一", role=Role.TELLER, org=org)
    Staff.objects.create(username="P_2", name="李二😀", role=Role.TELLER, org=org)
    assert listed(as_(Role.ADMINISTRATOR).get(PEOPLE, {"q": typed, "role": "teller"})) == found


def test_filters_agree_with_the_table(as_, rm):
    browser = as_(Role.AUDITOR)
    branch = rm.org.parent
    answer = browser.get(PEOPLE, {"org": branch.org_id, "role": "rm", "active": "yes"})
    expected = Staff.objects.filter(org__path__startswith=branch.path, role="rm", is_active=True)
    assert answer.context["page"].paginator.count == expected.count() > 0
    assert listed(browser.get(PEOPLE, {"org": "nowhere"})) == []
    assert "没有符合条件的人员" in browser.get(PEOPLE, {"q": "nobody at all"}).content.decode()
    assert len(listed(browser.get(PEOPLE, {"role": "nonsense"}))) == 50


def test_nobody_sees_people_of_other_orgs(as_, rm):
    branch = rm.org.parent
    own = Staff.objects.create_user("A1", role=Role.ADMINISTRATOR, org=branch, by_hand=True)
    foreign = Staff.objects.exclude(org__path__startswith=branch.path).filter(role=Role.RM).first()
    browser = as_(own)
    assert browser.get(address("staff", rm)).status_code == 200
    for page in (address("staff", foreign), address("assignments", foreign), address("staff_change", foreign),
                 address("staff_act", foreign, "off")):  # fmt: skip
        assert browser.get(page).status_code == 404
        assert browser.post(page).status_code in (404, 405)
    assert browser.get(reverse("orgs"), {"org": foreign.org_id}).status_code == 404
    assert foreign.username not in browser.get(PEOPLE, {"q": foreign.username}).content.decode().split("</form>", 4)[-1]


def test_the_tree_counts_every_customer_and_member_of_staff_once(night):
    administrator = Staff.objects.filter(role=Role.ADMINISTRATOR).first()
    top = Org.objects.get(parent=None)
    own, below = level(administrator, top, night)
    assert own.customers == night.value(
        "SELECT count(*) FROM customer WHERE org_id IS NOT NULL OR branch_id IS NOT NULL"
    )
    assert own.staff == Staff.objects.filter(is_active=True, org__isnull=False).count()
    assert [each.org.parent_id for each in below] == [top.org_id] * len(below)
    outlets = Org.objects.filter(level="outlet")
    one = level(administrator, outlets.first(), night)[0]
    assert one.customers == night.value("SELECT count(*) FROM customer WHERE org_id = $o", o=one.org.org_id)


def test_the_tree_before_the_first_night(as_, no_night):
    assert as_(Role.ADMINISTRATOR).get(reverse("orgs")).status_code == 200


def test_switched_off_stays_off_through_the_night(as_, rm, night):
    session = as_(rm)
    browser = as_(Role.ADMINISTRATOR)
    assert "不能再登录" in browser.get(address("staff_act", rm, "off")).content.decode()
    assert session.get(reverse("me")).status_code == 200
    assert browser.post(address("staff_act", rm, "off")).status_code == 302
    assert session.get(reverse("me")).status_code == 302
    load(night)
    rm.refresh_from_db()
    assert not rm.is_active
    assert Entry.objects.first().action == "staff_off"
    page = browser.get(address("staff", rm)).content.decode()
    assert "启用：是 → 否" in page
    browser.post(address("staff_act", rm, "follow"))
    load(night)
    rm.refresh_from_db()
    assert rm.is_active


def test_a_one_time_password_is_shown_once_and_works_once(as_, rm):
    browser = as_(Role.ADMINISTRATOR)
    page = browser.post(address("staff_act", rm, "password"))
    password = re.search(r"<code>([a-z2-9-]{19})</code>", page.content.decode()).group(1)
    assert page["Cache-Control"] == "no-store"
    assert password not in browser.get(address("staff", rm)).content.decode()
    assert password not in repr(Entry.objects.values_list("detail", "subject"))
    rm.refresh_from_db()
    assert rm.must_change
    own = Client()
    assert own.post(reverse("account_login"), {"login": rm.username, "password": password}).status_code == 302
    assert own.get(reverse("me"))["Location"] == reverse("account_change_password")


def test_a_second_factor_is_reset(as_, rm):
    Authenticator.objects.create(user=rm, type="totp", data={"secret": "x"})
    as_(Role.ADMINISTRATOR).post(address("staff_act", rm, "factor"))
    assert not Authenticator.objects.filter(user=rm).exists()
    assert Entry.objects.first().action == "staff_factor"


def test_another_role_is_kept_by_hand_and_recorded_with_before_and_after(as_, rm, night):
    browser = as_(Role.ADMINISTRATOR)
    top = Org.objects.get(parent=None)
    wrong = browser.post(address("staff_change", rm), {"role": "emperor", "org": "nowhere", "department": "x"})
    assert wrong.status_code == 200
    assert set(wrong.context["form"].errors) == {"role", "org"}
    assert 'value="nowhere"' in wrong.content.decode()
    done = browser.post(address("staff_change", rm), {"role": "analyst", "org": top.org_id, "department": "cards"})
    assert done.status_code == 302
    load(night)
    rm.refresh_from_db()
    assert (rm.role, rm.org_id, rm.department, rm.by_hand) == ("analyst", top.org_id, "cards", True)
    entry = Entry.objects.first()
    assert entry.detail["before"]["role"] == "rm"
    assert entry.detail["after"] == {"role": "analyst", "org": top.org_id, "department": "cards"}
    history = browser.get(address("staff", rm)).context["history"]
    assert {name for name, _, _ in history[0]["changes"]} >= {"岗位", "机构", "部门"}
    assert history[0]["by"].role == "administrator"


def test_somebody_new(as_):
    browser = as_(Role.ADMINISTRATOR)
    top = Org.objects.get(parent=None)
    form = {"username": "N1", "name": "新人", "role": "analyst", "org": top.org_id, "department": ""}
    page = browser.post(reverse("staff_add"), form)
    password = re.search(r"<code>([a-z2-9-]{19})</code>", page.content.decode()).group(1)
    staff = Staff.objects.get(username="N1")
    assert (staff.by_hand, staff.must_change, staff.check_password(password)) == (True, True, True)
    assert Entry.objects.first().action == "staff_added"
    again = browser.post(reverse("staff_add"), form)
    assert "username" in again.context["form"].errors


def test_nobody_changes_themselves(as_):
    staff = Staff.objects.filter(role=Role.ADMINISTRATOR, is_active=True).first()
    browser = as_(staff)
    browser.post(address("staff_act", staff, "off"))
    staff.refresh_from_db()
    assert staff.is_active
    form = {"role": "auditor", "org": staff.org_id, "department": ""}
    assert "自己" in browser.post(address("staff_change", staff), form).content.decode()


def test_what_cannot_be_recorded_does_not_happen(as_, rm, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("kequn.engage.audit.chain.record", broken)
    browser = as_(Role.ADMINISTRATOR)
    with pytest.raises(OSError, match="disk full"):
        browser.post(address("staff_act", rm, "off"))
    rm.refresh_from_db()
    assert rm.is_active


def test_an_unknown_act_is_404(as_, rm):
    assert as_(Role.ADMINISTRATOR).post(address("staff_act", rm, "promote")).status_code == 404


def test_a_portfolio_is_counted_with_its_history(as_, rm):
    Assignment.objects.filter(staff_id=rm.username).delete()
    for customer, ended in ((1, None), (2, None), (3, date(2026, 3, 31))):
        Assignment.objects.create(
            customer_id=customer, staff_id=rm.username, valid_from=date(2026, 1, 1), valid_to=ended
        )
    page = as_(Role.AUDITOR).get(address("assignments", rm))
    assert (page.context["open"], page.context["ended"]) == (2, 1)
    rows = [(row["valid_to"], row["number"]) for row in page.context["page"]]
    assert sorted(rows, key=lambda row: row[1]) == [(date(2026, 3, 31), 1), (None, 2)]


def test_pages_need_few_queries(as_, rm, django_assert_max_num_queries):
    browser = as_(Role.AUDITOR)
    for page in (PEOPLE, reverse("orgs"), address("staff", rm), address("assignments", rm), reverse("me")):
        with django_assert_max_num_queries(20):
            assert browser.get(page).status_code == 200
