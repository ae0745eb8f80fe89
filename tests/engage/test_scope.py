"""Every address x every role x {own, sibling, parent, foreign}: nobody sees more than they look after."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from kequn.engage.api.models import Token
from kequn.engage.audiences.counting import Looker
from kequn.engage.audiences.keeping import Draft, create
from kequn.engage.audit.chain import record
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.plan.models import Change
from kequn.engage.site.night import Night

sys.path.insert(0, str(Path(__file__).parent))
from addresses import ADDRESSES, PAGE, Address, page

pytestmark = pytest.mark.django_db
# allauth's pages and the API guard themselves; pages for machines show no customer.
APART = ("account_", "mfa_", "socialaccount_", "openid_connect_", "healthz", "readyz", "metrics", "api_nothing")
PLACES = ("own", "sibling", "parent", "foreign")


def names(resolver: URLResolver | None = None) -> Iterator[str]:
    """Names of all addresses that the console has of its own."""
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            if each.namespace is None:
                yield from names(each)
        elif isinstance(each, URLPattern):
            yield each.name or str(each.pattern)


def test_the_table_lists_every_address_and_no_other():
    found = {name for name in names() if not name.startswith(APART) and name != "set_language"}
    assert sorted(found) == sorted(ADDRESSES)


def test_the_page_of_documentation_is_the_table():
    assert PAGE.read_text("utf-8") == page(), "run: python tests/engage/addresses.py"


@pytest.fixture
def things(night: Night) -> dict[str, object]:
    """Something of each kind that people of the whole bank may see."""
    richest = night.value("SELECT customer_id FROM customer ORDER BY aum DESC LIMIT 1")
    return {"@customer": richest, "@night": night.key, "@staff": "S000000"}


def asked(client, name: str, address: Address, **things: object):
    path = reverse(
        name, kwargs={key: things.get(value, 1 if value[0] == "@" else value) for key, value in address.path.items()}
    )
    return client.post(path) if address.post else client.get(path)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TELLER])
def test_roles(as_, things, role):
    """403 for every address that is not for the role, and for no other."""
    client = as_(role)
    for name, address in ADDRESSES.items():
        status = asked(client, name, address, **things).status_code
        if role in address.roles:
            assert status not in (403, 405, 500), f"{name} refuses {role}: {status}"
        else:
            assert status == 403, f"{name} lets {role} in: {status}"


def test_a_teller_has_no_page(as_, things):
    teller = Staff.objects.create_user("T1", role=Role.TELLER, org=Org.objects.get(parent=None), by_hand=True)
    client = as_(teller)
    assert {asked(client, name, address, **things).status_code for name, address in ADDRESSES.items()} == {403}


def test_strangers_are_sent_to_the_login(client, things):
    for name, address in ADDRESSES.items():
        answer = asked(client, name, address, **things)
        assert (answer.status_code, answer.url.partition("?")[0]) == (302, "/account/login/"), name


@pytest.fixture
def outlet(night: Night) -> Org:
    """An outlet with customers, beside another with customers in the same sub-branch."""
    found = night.row(
        """SELECT branch_id, min(org_id) AS org_id FROM customer WHERE staff_id IS NOT NULL GROUP BY branch_id
        HAVING count(DISTINCT org_id) > 1 ORDER BY count(*) DESC LIMIT 1"""
    )
    assert found
    return Org.objects.get(pk=found["org_id"])


def customers_by_place(night: Night, role: Role, outlet: Org) -> tuple[Staff, dict[str, int]]:
    """A person of ``role`` at ``outlet``, and customers seen from there; for an RM seen from the own portfolio."""
    branch = outlet.parent_id
    one = "SELECT min(customer_id) FROM customer WHERE "
    if role is Role.RM:
        number = night.value("SELECT min(staff_id) FROM customer WHERE org_id = $org", org=outlet.pk)
        person = Staff.objects.get(username=number)
        return person, {
            "own": night.value(one + "staff_id = $rm", rm=number),
            "sibling": night.value(one + "org_id = $org AND staff_id <> $rm", org=outlet.pk, rm=number),
            "parent": night.value(one + "org_id = $org AND staff_id IS NULL", org=outlet.pk),
            "foreign": night.value(one + "branch_id <> $b", b=branch),
        }
    person = Staff.objects.create_user(f"at-{role}", role=role, org=outlet, by_hand=True)
    return person, {
        "own": night.value(one + "org_id = $org", org=outlet.pk),
        "sibling": night.value(one + "org_id <> $org AND branch_id = $b", org=outlet.pk, b=branch),
        "foreign": night.value(one + "branch_id <> $b", b=branch),
    }


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TELLER])
def test_customers(as_, night, outlet, role):
    """A customer outside of what one looks after is 404, on every address that names one."""
    person, places = customers_by_place(night, role, outlet)
    client = as_(person)
    walked = {
        name: address for name, address in ADDRESSES.items() if address.kind == "customer" and role in address.roles
    }
    for name, address in walked.items():
        for place, customer in places.items():
            assert customer is not None, f"the bank has no {place} customer for {role}"
            status = asked(client, name, address, **{"@customer": customer}).status_code
            assert (status == 404) == (place != "own"), f"{name}: {role} gets {status} for a {place} customer"


def audience_of(night: Night, owner: Staff, *, shared: bool = True) -> int:
    return create(Looker(night, owner.scope), owner, Draft("代发客户", "payroll", shared=shared)).pk


@pytest.mark.parametrize("role", sorted(ADDRESSES["audience"].roles))
def test_audiences(as_, night, outlet, role):
    """Audiences of one's own, and those shared at one's own org; no other place's."""
    person = Staff.objects.create_user(f"at-{role}", role=role, org=outlet, by_hand=True)
    sibling = Org.objects.exclude(pk=outlet.pk).filter(parent=outlet.parent).first()
    foreign = Org.objects.exclude(path__startswith=outlet.parent.path).filter(level=outlet.level).first()
    homes = {"colleague": outlet, "sibling": sibling, "parent": outlet.parent, "foreign": foreign}
    owners = {
        place: Staff.objects.create_user(f"{place}", role=Role.ANALYST, org=org, by_hand=True)
        for place, org in homes.items()
    }
    seen = {"own": audience_of(night, person), "colleague": audience_of(night, owners["colleague"])}
    hidden = {place: audience_of(night, owners[place]) for place in ("sibling", "parent", "foreign")}
    hidden["private"] = audience_of(night, owners["colleague"], shared=False)
    client = as_(person)
    for name, address in ADDRESSES.items():
        if address.kind != "audience" or role not in address.roles:
            continue
        for place, pk in hidden.items():
            assert asked(client, name, address, **{"@audience": pk}).status_code == 404, f"{name}: {place}"
        assert asked(client, name, address, **{"@audience": seen["own"]}).status_code != 404, name
    assert asked(client, "audience", ADDRESSES["audience"], **{"@audience": seen["colleague"]}).status_code == 200


def test_staff_and_what_they_did(as_, outlet):
    """An administrator of a sub-branch has the staff of it and below, and what they did; no other's."""
    branch, other = outlet.parent, Org.objects.filter(level="sub_branch").exclude(pk=outlet.parent_id).first()
    person = Staff.objects.create_user("at-branch", role=Role.ADMINISTRATOR, org=branch, by_hand=True)
    homes = {"own": branch, "below": outlet, "parent": branch.parent, "foreign": other}
    people = {
        place: Staff.objects.create_user(f"p-{place}", role=Role.ANALYST, org=org, by_hand=True)
        for place, org in homes.items()
    }
    did = {place: record(who, "login", f"staff:{who.username}").number for place, who in people.items()}
    client = as_(person)
    for name, address in ADDRESSES.items():
        if address.kind not in ("staff", "entry"):
            continue
        for place, who in people.items():
            things = {"@staff": who.username, "@entry": did[place]}
            hidden = place in ("parent", "foreign")
            status = asked(client, name, address, **things).status_code
            assert (status == 404) == hidden, f"{name}: {status} for {place}"


def test_drafts_and_tokens_are_their_owners(as_):
    """A change is the whole bank's once it is submitted, a draft and a token are nobody else's."""
    top = Org.objects.get(parent=None)
    people = {
        role: [Staff.objects.create_user(f"{role}-{n}", role=role, org=top, by_hand=True) for n in range(2)]
        for role in (Role.MAKER, Role.ANALYST)
    }
    now = timezone.now()
    draft = Change.objects.create(
        author=people[Role.MAKER][0], kind="policy", base="", before={}, content={}, why="x", edited_at=now
    )
    token = Token.objects.create(
        owner=people[Role.ANALYST][0], name="x", digest="x" * 64, made_at=now, expires_at=now + timedelta(days=1)
    )
    things = {"@change": draft.pk, "@token": token.pk}
    for role, kind in ((Role.MAKER, "change"), (Role.ANALYST, "token")):
        client = as_(people[role][1])
        for name, address in ADDRESSES.items():
            if address.kind == kind and role in address.roles:
                assert asked(client, name, address, **things).status_code == 404, name
