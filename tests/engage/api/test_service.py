"""The API: what it answers, to whom, and how it refuses."""

from __future__ import annotations

import pytest
from django.test import Client

from kequn.engage.api.auth import LIMIT
from kequn.engage.audiences.counting import Looker, size
from kequn.engage.audiences.keeping import Draft, create
from kequn.engage.audit.models import Entry
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.site.night import Night
from tests.engage.conftest import staff_of

RULE = "age >= 30 and not credit_card"


def all_pages(ask, path: str, **query) -> list[dict]:
    items, following = [], None
    while True:
        found = ask(path, **query, **({"cursor": following} if following else {})).json()
        items += found["items"]
        following = found["next"]
        if not following:
            return items


def test_the_catalogue_lists_what_rules_may_name(api, night: Night):
    found = api()("/catalogue").json()
    assert found["night"] == night.key
    assert found["as_of"] == night.as_of.isoformat()
    tier = next(tag for tag in found["tags"] if tag["name"] == "tier")
    assert tier["values"]["gold"] == ["贵宾金", "VIP gold"] or len(tier["values"]["gold"]) == 2
    assert {each["name"] for each in found["segments"]} >= {"payroll", "silver"}


def test_a_rule_is_counted_within_the_owner_s_scope(api, night: Night):
    everywhere = api(Role.ANALYST)("/audiences/count", {"rule": RULE}).json()
    assert everywhere["customers"] == night.value("SELECT COUNT(*) FROM customer WHERE age >= 30 AND NOT credit_card")
    manager = staff_of(Role.BRANCH_MANAGER)
    here = api(manager)("/audiences/count", {"rule": RULE}).json()
    where, values = manager.scope.condition("customer")
    assert here["of"] == night.value(f"SELECT COUNT(*) FROM customer WHERE {where}", **values)
    assert 0 < here["of"] < everywhere["of"]


def test_a_wrong_rule_names_field_and_place(api):
    answer = api()("/audiences/count", {"rule": "age >= 30 and credit_kard"})
    assert answer.status_code == 422
    assert answer["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == "rule"
    assert "line 1, column 15" in answer.json()["detail"]
    assert "credit_card" in answer.json()["detail"]


def test_missing_input_names_the_field(api):
    answer = api()("/audiences/count", {"rules": "x"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith("rule")
    assert answer.json()["instance"] == "/api/v1/audiences/count"


def test_members_come_once_each_in_pages(api, night: Night):
    owner = staff_of(Role.ANALYST)
    audience = create(Looker(night, owner.scope), owner, Draft("a", "tier = 'gold'"))
    items = all_pages(api(), f"/audiences/{audience.pk}/members", limit=7, columns="tier,aum")
    ids = [each["customer_id"] for each in items]
    expected = night.rows("SELECT customer_id FROM customer WHERE tier = 'gold' ORDER BY customer_id")
    assert ids == [str(row["customer_id"]) for row in expected]
    assert len(ids) > 7
    assert {each["tags"]["tier"] for each in items} == {"gold"}
    assert isinstance(items[0]["tags"]["aum"], int)


def test_members_that_leave_are_on_the_audit_chain(api, night: Night):
    owner = staff_of(Role.ANALYST)
    audience = create(Looker(night, owner.scope), owner, Draft("a", "tier = 'gold'"))
    api()(f"/audiences/{audience.pk}/members", limit=3)
    entry = Entry.objects.first()
    assert (entry.action, entry.subject, entry.detail["rows"]) == ("export", f"audience:{audience.pk}", 3)


def test_audiences_are_listed_in_pages(api, night: Night):
    owner = staff_of(Role.ANALYST)
    seen = Looker(night, owner.scope)
    made = [create(seen, owner, Draft(f"a{n}", f"age > {n}")) for n in range(5)]
    items = all_pages(api(), "/audiences", limit=2)
    assert [each["id"] for each in items] == [str(each.pk) for each in made]
    one = api()(f"/audiences/{made[3].pk}").json()
    assert one["customers"] == size(seen, "age > 3").customers == one["audience"]["customers"]


def test_another_s_audience_is_not_there(api, night: Night):
    analyst = staff_of(Role.ANALYST)
    private = create(Looker(night, analyst.scope), analyst, Draft("mine", "age > 3"))
    shared = create(Looker(night, analyst.scope), analyst, Draft("ours", "age > 3", shared=True))
    ask = api(Role.MAKER)
    assert ask(f"/audiences/{private.pk}").status_code == 404
    assert ask(f"/audiences/{shared.pk}").status_code == 200
    elsewhere = api(Role.BRANCH_MANAGER)
    assert elsewhere(f"/audiences/{shared.pk}/members").status_code == 404
    assert elsewhere("/audiences").json()["items"] == []


def test_a_customer_has_every_tag_and_no_name(api, night: Night):
    row = night.row("SELECT customer_id, aum, tier FROM customer WHERE payroll ORDER BY customer_id LIMIT 1")
    found = api()(f"/customers/{row['customer_id']}").json()
    assert found["customer_id"] == str(row["customer_id"])
    assert found["tags"]["aum"] == row["aum"]
    assert "payroll" in found["segments"]
    assert not {"name", "mobile", "id_number"} & set(found["tags"])


def test_a_stranger_s_customer_is_not_there(api, night: Night):
    manager = staff_of(Role.BRANCH_MANAGER)
    where, values = manager.scope.condition("customer")
    theirs = night.value(f"SELECT customer_id FROM customer WHERE NOT ({where}) LIMIT 1", **values)
    own = night.value(f"SELECT customer_id FROM customer WHERE {where} LIMIT 1", **values)
    ask = api(manager)
    assert ask(f"/customers/{own}").status_code == 200
    for path in (f"/customers/{theirs}", f"/plan/customers/{theirs}", "/customers/1", f"/customers/{10**19 - 1}"):
        assert ask(path).status_code == 404, path


def test_the_plan_is_that_of_the_night(api, night: Night):
    found = api()("/plan").json()
    assert found["contacts"] == night.value("SELECT COUNT(*) FROM plan")
    items = all_pages(api(), "/plan/contacts", limit=50)
    expected = night.rows("SELECT customer_id, rank FROM plan ORDER BY customer_id, rank")
    assert [(each["customer_id"], each["rank"]) for each in items] == [
        (str(row["customer_id"]), row["rank"]) for row in expected
    ]


def test_a_branch_sees_its_own_contacts_only(api, night: Night):
    manager = staff_of(Role.BRANCH_MANAGER)
    where, values = manager.scope.condition("customer")
    expected = night.value(f"SELECT COUNT(*) FROM plan JOIN customer USING (customer_id) WHERE {where}", **values)
    ask = api(manager)
    assert ask("/plan").json()["contacts"] == expected == len(all_pages(ask, "/plan/contacts"))


def test_one_customer_s_plan_is_explained(api, night: Night):
    number = night.value("SELECT customer_id FROM plan ORDER BY customer_id LIMIT 1")
    found = api()(f"/plan/customers/{number}").json()
    assert found["planned"][0]["customer_id"] == str(number)


@pytest.mark.parametrize("given", ["x", "bm8", "WyJhIl0", "!", "W1siYSJdLDFd", "a" * 400])
def test_what_is_no_cursor_is_refused(api, given):
    answer = api()("/audiences", cursor=given)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


def test_a_cursor_of_a_night_that_is_gone_is_a_conflict(api):
    from kequn.engage.api.cursors import cursor

    assert api()("/audiences", cursor=cursor("2020-01-01-000000000000", 1)).status_code == 409


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer no"}, {"authorization": "Basic eA=="}])
def test_nobody_is_answered_without_a_token(db, header):
    answer = Client(headers=header).get("/api/v1/catalogue")
    assert answer.status_code == 401
    assert answer["content-type"] == "application/problem+json"
    assert answer["www-authenticate"].startswith("Bearer")


def test_a_session_is_no_token(as_):
    assert as_(Role.ANALYST).get("/api/v1/catalogue").status_code == 401
    assert (
        as_(Role.ANALYST).post("/api/v1/audiences/count", {"rule": RULE}, content_type="application/json").status_code
        == 401
    )


@pytest.mark.parametrize(
    ("scope", "path"),
    [("audiences:read", "/plan"), ("plan:read", "/catalogue"), ("audiences:read", "/customers/1"),
     ("customers:read", "/audiences/1/members"), ("catalogue:read", "/audiences")],
)  # fmt: skip
def test_a_token_does_no_more_than_its_scopes(api, scope, path):
    assert api(scopes=[scope])(path).status_code == 403


def test_a_token_ends_with_its_owner_and_follows_their_role(api):
    owner = staff_of(Role.ANALYST)
    ask = api(owner)
    Staff.objects.filter(pk=owner.pk).update(role=Role.ADMINISTRATOR)
    assert ask("/plan").status_code == 403
    Staff.objects.filter(pk=owner.pk).update(is_active=False)
    assert ask("/catalogue").status_code == 401


def test_too_many_requests_are_told_to_wait(api, settings):
    settings.API_REQUESTS_A_MINUTE = 3
    ask = api()
    codes = [ask("/catalogue").status_code for _ in range(5)]
    assert codes[:3] == [200, 200, 200] or codes.count(200) <= 6
    refused = ask("/catalogue")
    if refused.status_code == 200:  # the minute turned meanwhile
        refused = [ask("/catalogue") for _ in range(4)][-1]
    assert refused.status_code == 429
    assert 0 < int(refused["retry-after"]) <= 60
    assert LIMIT.wait(-1) == 0


def test_unknown_addresses_and_methods_are_problems(api, db):
    for path in ("/api/v1/nothing", "/api/v1/", "/api/v1/audiences/1/nothing"):
        answer = Client().get(path)
        assert (answer.status_code, answer["content-type"]) == (404, "application/problem+json"), path
    answer = Client().delete("/api/v1/catalogue")
    assert (answer.status_code, answer["allow"]) == (405, "GET")
    assert answer["content-type"] == "application/problem+json"


def test_before_the_first_night_it_says_what_to_run(api, no_night):
    answer = api()("/catalogue")
    assert answer.status_code == 503
    assert "kequn night" in answer.json()["detail"]
