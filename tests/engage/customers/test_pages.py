"""Pages about customers: what they show, to whom, and what they do not."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kequn.engage.audit import chain
from kequn.engage.audit.models import Entry
from kequn.engage.customers import layout, wealth
from kequn.engage.customers.cipher import ring
from kequn.engage.customers.models import Customer
from kequn.engage.customers.reveal import REVEALERS
from kequn.engage.customers.views import PARTS
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import KNOWING, Role
from tests.engage.conftest import staff_of

pytestmark = pytest.mark.django_db
QUERIES_MOST = 25
NOT_FOUND = "在您管辖的客户中没有找到"
TOLD = {"purpose": "call", "note": ""}


def clear(customer_id: int) -> dict[str, str]:
    sealed = Customer.objects.get(customer_id=customer_id).sealed
    return ring(settings.WORKSPACE).open(customer_id, bytes(sealed))


@pytest.fixture
def rm(night) -> Staff:
    """A relationship manager with several customers."""
    text = """SELECT staff_id FROM customer WHERE staff_id IS NOT NULL
        GROUP BY staff_id ORDER BY COUNT(*) DESC, staff_id"""
    for row in night.rows(text):
        found = Staff.objects.filter(username=row["staff_id"], role=Role.RM, is_active=True).first()
        if found:
            return found
    raise AssertionError("no RM has customers")


@pytest.fixture
def own(night, rm) -> int:
    return night.value("SELECT MAX(customer_id) FROM customer WHERE staff_id = $staff", staff=rm.username)


@pytest.fixture
def strangers(night, rm) -> list[int]:
    """Of a sibling at the same outlet, of nobody, and of another branch."""
    home = night.row("SELECT org_id, branch_id FROM customer WHERE staff_id = $staff LIMIT 1", staff=rm.username)
    texts = (
        "SELECT MAX(customer_id) FROM customer WHERE staff_id <> $staff AND branch_id = $branch_id",
        "SELECT MAX(customer_id) FROM customer WHERE staff_id IS NULL AND org_id = $org_id",
        "SELECT MAX(customer_id) FROM customer WHERE branch_id <> $branch_id",
    )
    found = [night.value(text, staff=rm.username, **home) for text in texts]
    return [each for each in found if each is not None]


def addresses(customer_id: int) -> list[str]:
    parts = [f"/customers/{customer_id}/{part}/" for part in PARTS]
    return [f"/customers/{customer_id}/", f"/customers/{customer_id}/reveal/mobile/", *parts]


@pytest.mark.parametrize("role", sorted(KNOWING))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_knowing_role_has_the_list(as_, night, role, language):
    page = as_(role, language).get("/customers/?sort=risk")
    assert page.status_code == 200
    assert ("Outlet" in page.content.decode()) == (language == "en")


@pytest.mark.parametrize("role", sorted(frozenset(Role) - KNOWING - {Role.TELLER}))
def test_others_have_no_page_about_customers(as_, night, own, role):
    client = as_(role)
    for address in ("/customers/", *addresses(own)):
        assert client.get(address).status_code == 403


def test_own_customers_open_and_strangers_are_not_there(as_, night, rm, own, strangers):
    client = as_(rm)
    assert [client.get(address).status_code for address in addresses(own)] == [200] * len(addresses(own))
    assert len(strangers) >= 2
    for stranger in (*strangers, 7, 2**63 + 5):
        for address in addresses(stranger):
            assert client.get(address).status_code == 404
        assert client.post(f"/customers/{stranger}/reveal/mobile/", TOLD).status_code == 404
    assert not Entry.objects.filter(action="reveal").exists()


def test_a_branch_sees_what_is_below_it(as_, night):
    manager = staff_of(Role.BRANCH_MANAGER)
    below = list(Org.visible_to(manager).values_list("org_id", flat=True))
    inside = night.value("SELECT MIN(customer_id) FROM customer WHERE org_id IN (SELECT unnest($orgs))", orgs=below)
    outside = night.value(
        "SELECT MIN(customer_id) FROM customer WHERE org_id NOT IN (SELECT unnest($orgs))", orgs=below
    )
    client = as_(manager)
    assert client.get(f"/customers/{inside}/").status_code == 200
    assert client.get(f"/customers/{outside}/").status_code == 404
    assert client.get(f"/customers/{outside}/wealth/").status_code == 404


def test_everybodys_page_has_every_part(as_, night):
    client = as_(Role.ANALYST, "en")
    for row in night.rows("SELECT customer_id FROM customer ORDER BY HASH(customer_id) LIMIT 6"):
        for address in addresses(row["customer_id"]):
            if "reveal" not in address:
                assert client.get(address).status_code == 200


def test_nothing_clear_is_on_a_page(as_, night, rm, own):
    client, values = as_(rm), clear(own)
    for address in ("/customers/", *addresses(own)):
        page = client.get(address)
        text = page.content.decode()
        assert not [field for field in ("name", "mobile", "id_number", "email") if values.get(field, "-?-") in text]
        assert "no-store" in page["Cache-Control"]


def test_few_queries(as_, night, rm, own):
    client = as_(rm)
    for address in ("/customers/", *addresses(own)):
        with CaptureQueriesContext(connection) as made:
            client.get(address)
        assert len(made) < QUERIES_MOST, address


def test_list_is_the_portfolio_by_value(as_, night, rm):
    text = as_(rm).get("/customers/").content.decode()
    shown = [int(number) for number in re.findall(r'href="/customers/(\d+)/"', text)]
    wanted = night.rows(
        "SELECT customer_id FROM customer WHERE staff_id = $staff ORDER BY aum DESC, customer_id LIMIT 50",
        staff=rm.username,
    )
    assert shown == [row["customer_id"] for row in wanted]


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ("tier=gold", "tier = 'gold'"), ("segment=payroll", "payroll"), ("near=1&sort=gap", "tier_near"),
        ("maturing=1", "next_maturity_on <= LAST_DAY(CAST($as_of AS DATE))"), ("sort=nonsense&tier=none", "TRUE"),
        ("warned=1&sort=risk", "customer_id IN (SELECT customer_id FROM score_attrition WHERE level <> 'none')"),
    ],
)  # fmt: skip
def test_filters(as_, night, asked, rule):
    page = as_(Role.ANALYST).get(f"/customers/?{asked}")
    wanted = night.value(f"SELECT COUNT(*) FROM customer WHERE {rule}", as_of=night.as_of)
    assert page.context["total"] == wanted


def test_pages_follow_each_other_and_end(as_, night):
    client, total = as_(Role.ANALYST), night.value("SELECT COUNT(*) FROM customer")
    seen = []
    for number in (1, 2, -(-total // 50)):
        seen += [row["customer_id"] for row in client.get(f"/customers/?page={number}").context["rows"]]
    assert len(seen) == len(set(seen)) == 100 + (total % 50 or 50)
    for odd in ("0", "-1", "x", "9" * 30, "٣"):
        assert client.get("/customers/", {"page": odd}).status_code == 200


def test_search_finds_own_customers_by_each_number(as_, rm, own):
    client, values = as_(rm), clear(own)
    mobile = values["mobile"]
    for text in (str(own), values.get("id_number", str(own)), mobile, f"+86 {mobile[:3]} {mobile[3:7]} {mobile[7:]}"):
        answer = client.post("/customers/", {"q": f" {text} "})
        if answer.status_code == 302:
            assert answer["Location"] == f"/customers/{own}/"
        else:
            assert f"/customers/{own}/" in answer.content.decode()


def test_strangers_and_nobody_are_answered_alike(as_, rm, strangers):
    client = as_(rm)
    answers = set()
    for stranger in strangers:
        values = clear(stranger)
        for text in (str(stranger), values.get("mobile", "13000000000"), values.get("id_number", "1")):
            answers.add(plain(client.post("/customers/", {"q": text})))
    odd = ("%", "_", "'; DROP TABLE customers_customer; --", '"', "😀", "\x00", "x" * 9_999, "", "张", "138", "²")
    for text in ("13999999999", "1" * 19, *odd):
        answers.add(plain(client.post("/customers/", {"q": text})))
    assert len(answers) == 1
    assert NOT_FOUND in answers.pop()


def plain(answer) -> str:
    assert answer.status_code == 200
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def test_what_is_looked_for_lands_in_no_log_and_no_address(as_, rm, own, caplog, monkeypatch):
    client, mobile = as_(rm), clear(own)["mobile"]
    answer = client.post("/customers/", {"q": mobile})
    assert mobile not in answer.headers.get("Location", "")
    client.raise_request_exception = False
    monkeypatch.setattr("kequn.engage.customers.vault.token", None)  # a fault in the middle of the search
    assert client.post("/customers/", {"q": mobile}).status_code == 500
    file = settings.WORKSPACE.logs / "console.jsonl"
    assert "broken" in file.read_text("utf-8")
    assert mobile not in file.read_text("utf-8")


def test_reveal_is_recorded_and_shown_once(as_, rm, own):
    client, mobile = as_(rm), clear(own)["mobile"]
    asked = client.get(f"/customers/{own}/reveal/mobile/")
    assert mobile not in asked.content.decode()
    shown = client.post(f"/customers/{own}/reveal/mobile/", {"purpose": "other", "note": "客户来电"})
    assert mobile in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    entry = Entry.objects.get(action="reveal")
    assert (entry.actor, entry.subject) == (rm.username, f"customer:{own}")
    assert entry.detail == {"field": "mobile", "purpose": "other", "note": "客户来电"}
    assert mobile not in client.get(f"/customers/{own}/reveal/mobile/").content.decode()


@pytest.mark.parametrize(
    "form", [{}, {"purpose": "fun"}, {"purpose": "other"}, {"purpose": "call", "note": "13812341234"},
             {"purpose": "call", "note": "x" * 201}],
)  # fmt: skip
def test_no_reveal_without_a_purpose(as_, rm, own, form):
    answer = as_(rm).post(f"/customers/{own}/reveal/mobile/", form)
    assert answer.status_code == 422
    assert clear(own)["mobile"] not in answer.content.decode()
    assert not Entry.objects.filter(action="reveal").exists()


def test_no_reveal_without_the_chain(as_, rm, own, monkeypatch):
    def fails(*args, **more):
        raise OSError("disk full")

    client = as_(rm)
    client.raise_request_exception = False
    for name in ("record", "key"):
        with monkeypatch.context() as patch:
            patch.setattr(chain, name, fails)
            answer = client.post(f"/customers/{own}/reveal/mobile/", TOLD)
        assert answer.status_code == 500
        assert clear(own)["mobile"] not in answer.content.decode()


def test_reveal_asks_for_the_password_again(as_, rm, own):
    rm.set_password("long ago but right")  # whoever has none cannot be asked for it
    rm.save()
    client = as_(rm)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 1.0, "username": rm.username}]
    session.save()
    for answer in (
        client.get(f"/customers/{own}/reveal/mobile/"),
        client.post(f"/customers/{own}/reveal/mobile/", TOLD),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/reauthenticate/")
    assert not Entry.objects.filter(action="reveal").exists()


def test_reveals_an_hour_are_limited(as_, rm, own, monkeypatch):
    monkeypatch.setattr("kequn.engage.customers.reveal.limit", lambda: 2)
    client = as_(rm)
    answers = [client.post(f"/customers/{own}/reveal/mobile/", TOLD) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert clear(own)["mobile"] not in answers[2].content.decode()
    assert "上限" in answers[2].content.decode()
    assert Entry.objects.filter(action="reveal").count() == 2


@pytest.mark.parametrize("role", sorted(KNOWING - REVEALERS))
def test_others_may_not_reveal(as_, night, own, role):
    client = as_(role)
    assert client.post(f"/customers/{own}/reveal/mobile/", TOLD).status_code == 403
    assert "/reveal/" not in client.get(f"/customers/{own}/").content.decode()


def test_no_reveal_of_an_unknown_field(as_, rm, own):
    assert as_(rm).post(f"/customers/{own}/reveal/sealed/", TOLD).status_code == 404


def test_a_file_holds_the_list_and_nothing_clear(as_, night, rm):
    form = {"export": "1", "format": "xlsx", "purpose": "季度回访名单"}
    answer = as_(rm).post("/customers/?sort=aum", form)
    book = ZipFile(BytesIO(b"".join(answer.streaming_content)))
    text = "".join(book.read(name).decode("utf-8", "ignore") for name in book.namelist())
    mine = night.rows("SELECT customer_id, staff_id FROM customer")
    for row in mine:
        assert (str(row["customer_id"]) in text) == (row["staff_id"] == rm.username)
        if row["staff_id"] == rm.username:
            values = clear(row["customer_id"])
            assert values["name"] not in text
            assert values.get("mobile", "-?-") not in text


def test_money_by_month_ends_with_what_the_tags_say(night):
    classes = ("deposit", "wealth", "fund", "insurance", "metal", "other")
    columns = ", ".join(f"aum_{name}" for name in classes)
    for row in night.rows(f"SELECT customer_id, {columns} FROM customer ORDER BY HASH(customer_id) LIMIT 150"):
        months, held = wealth.month_ends(night, row["customer_id"])
        assert {name: held.get(name, [0])[-1] for name in classes} == {name: row[f"aum_{name}"] for name in classes}
        assert (len(months), months[-1]) == (layout.MONTHS + 1, night.as_of.replace(day=1))


def test_month_ends_are_balances_of_those_days(night):
    night.bank("balance")
    text = """SELECT CAST(COALESCE(SUM(balance.change_fen), 0) AS BIGINT) FROM balance
        JOIN account USING (account_id) WHERE customer_id = $id AND valid_from < $day AND currency = 'CNY'"""
    rows = night.rows(
        """SELECT customer_id FROM account GROUP BY customer_id
        HAVING COUNT(*) > 1 AND MIN(currency) = 'CNY' AND MAX(currency) = 'CNY' ORDER BY customer_id LIMIT 10"""
    )
    for row in rows:
        months, held = wealth.month_ends(night, row["customer_id"])
        for place, month in list(enumerate(months))[1::6]:
            by_hand = night.value(text, id=row["customer_id"], day=month)
            assert sum(ends[place - 1] for ends in held.values()) == by_hand


def test_copies_in_order_of_customers_equal_what_they_copy(night):
    for table in (layout.SERIES, layout.HELD):
        made = {layout.SERIES: layout.changes, layout.HELD: layout.held}[table](night)
        copy = layout.rows(night, table, "TRUE")
        assert "read_parquet" in copy
        assert night.rows(f"SELECT * FROM ({copy}) EXCEPT ALL SELECT * FROM ({made})") == []
        assert night.value(f"SELECT COUNT(*) FROM ({copy})") == night.value(f"SELECT COUNT(*) FROM ({made})")


def test_before_the_first_night(as_, no_night):
    client = as_(Role.ANALYST)
    assert "kequn night" in client.get("/customers/").content.decode()
    assert client.get("/customers/7/").status_code == 404
