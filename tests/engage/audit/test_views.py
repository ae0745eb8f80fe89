"""The auditor finds an event by what it was about, follows it to its end, and sees whether the chain is whole."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from kequn.engage.audit import chain
from kequn.engage.audit.models import Entry
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role

pytestmark = pytest.mark.django_db
ADDRESS = reverse("audit")


@pytest.fixture(autouse=True)
def _own(recorded):
    """A chain of this test's own."""


def numbers(response):
    return [each.entry.number for each in response.context["shown"]]


def test_only_auditors_and_administrators_open_it(as_):
    for role in set(Role) - {Role.TELLER}:
        expected = 200 if role in {Role.AUDITOR, Role.ADMINISTRATOR} else 403
        assert as_(role).get(ADDRESS).status_code == expected, role


def test_an_empty_chain_says_so(as_):
    assert "没有符合条件的记录" in as_(Role.AUDITOR).get(ADDRESS).content.decode()


@pytest.fixture
def events():
    chain.record("S1", "reveal", "customer:7", purpose="核对身份 100%")
    chain.record("S2", "export", "list:prospects", purpose="quarterly_report", rows=12_345)
    chain.record("S1", "export", "list:customers", purpose='给"张三"的名单')


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [3, 2, 1]), ({"actor": "S1"}, [3, 1]), ({"action": "export"}, [3, 2]), ({"subject": "customer:"}, [1]),
        ({"q": "核对"}, [1]), ({"q": "100%"}, [1]), ({"q": "%"}, [1]), ({"q": "_"}, [2]), ({"q": "quarterly"}, [2]),
        ({"q": "\"张三\""}, [3]), ({"q": "nothing"}, []), ({"actor": "S1", "q": "名单"}, [3]),
        ({"action": "nonsense"}, [3, 2, 1]),
        ({"since": "2020-01-01", "until": "2020-01-02"}, []), ({"since": "not a day"}, [3, 2, 1]),
    ],
)  # fmt: skip
def test_search(as_, events, asked, expected):
    assert numbers(as_(Role.AUDITOR).get(ADDRESS, asked)) == expected


def test_a_day_is_a_day_at_the_bank(as_, events):
    today = timezone.localdate()
    browser = as_(Role.AUDITOR)
    assert numbers(browser.get(ADDRESS, {"since": today, "until": today})) == [3, 2, 1]
    assert numbers(browser.get(ADDRESS, {"until": today - timedelta(days=1)})) == []


def test_entries_are_in_words_of_both_languages(as_, events):
    assert "查看明文" in as_(Role.AUDITOR).get(ADDRESS).content.decode()
    english = as_(Role.AUDITOR, language="en").get(ADDRESS).content.decode()
    assert "Revealed a masked field" in english
    assert "12,345" in english
    assert not re.search(
        "[一-鿿]", re.sub("简体中文|核对身份|给.*?名单", "", english.split('id="content"')[1].split("</form>")[1])
    )


def test_a_subject_leads_to_its_page_only_for_whom_it_is_open(as_):
    chain.record("S1", "staff_off", f"staff:{Staff.objects.first().username}")
    address = reverse("staff", args=[Staff.objects.first().username])
    assert address in as_(Role.AUDITOR).get(ADDRESS).content.decode()


def test_one_event_is_followed_to_its_end(as_):
    for number in range(20):
        chain.record(f"S{number % 2}", "reveal", f"customer:{number % 3}", purpose="check")
    page = as_(Role.AUDITOR).get(reverse("audit_entry", args=[10]))
    around = page.context["around"]
    assert [each.entry.number for each in around["subject"]] == [19, 16, 13, 10, 7, 4, 1]
    assert [each.entry.number for each in around["actor"]] == [20, 18, 16, 14, 12, 10, 8, 6, 4, 2]
    assert "摘要与签名相符" in page.content.decode()


def test_an_edited_entry_says_so_on_its_page(as_, events):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'S9' WHERE number = 2")
    assert "第 2 条被修改" in as_(Role.AUDITOR).get(reverse("audit_entry", args=[2])).content.decode()


def test_what_is_not_there_is_404(as_):
    assert as_(Role.AUDITOR).get(reverse("audit_entry", args=[99])).status_code == 404


def test_an_auditor_of_a_branch_sees_what_its_own_staff_did(as_):
    manager = Staff.objects.filter(role=Role.BRANCH_MANAGER, is_active=True).first()
    own = Staff.objects.create_user("A1", role=Role.AUDITOR, org=manager.org, by_hand=True)
    chain.record(manager, "reveal", "customer:1")
    chain.record("S-elsewhere", "reveal", "customer:2")
    browser = as_(own)
    assert numbers(browser.get(ADDRESS)) == [1]
    assert browser.get(reverse("audit_entry", args=[2])).status_code == 404


def test_the_list_pages_and_needs_few_queries(as_, django_assert_max_num_queries):
    for number in range(60):
        chain.record("S1", "reveal", f"customer:{number}")
    browser = as_(Role.AUDITOR)
    with django_assert_max_num_queries(10):
        first = browser.get(ADDRESS)
    assert len(numbers(first)) == 50
    assert numbers(browser.get(ADDRESS, {"page": 2})) == list(range(10, 0, -1))


def test_verifying_shows_what_it_found_and_stays_on_the_chain(as_, recorded):
    recorded(3)
    browser, address = as_(Role.AUDITOR), reverse("audit_verify")
    assert "还没有校验过" in browser.get(address).content.decode()
    assert browser.post(address).status_code == 302
    assert Entry.objects.first().detail["whole"] is True
    assert "完整" in browser.get(address).content.decode()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET actor = 'S9' WHERE number = 2")
    browser.post(address)
    assert "第 2 条被修改" in browser.get(address).content.decode()


def test_a_chain_too_long_for_a_page_is_left_to_the_command(as_, recorded, monkeypatch):
    monkeypatch.setattr("kequn.engage.audit.views.ENTRIES_MOST", 2)
    recorded(3)
    answer = as_(Role.AUDITOR).post(reverse("audit_verify"))
    assert "kequn audit verify" in answer.content.decode()
    assert not Entry.objects.filter(action="verify").exists()
