"""A policy is proposed, rehearsed in a process of its own, shown, and approved by somebody else."""

from __future__ import annotations

import time

import pytest
import yaml
from django.urls import reverse

from kequn.decisions.policy import load
from kequn.engage.audit.models import Entry
from kequn.engage.data import scheduler
from kequn.engage.data.models import Run
from kequn.engage.orgs.models import Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.plan import documents, proposing, rehearsal
from kequn.engage.plan.models import Change
from kequn.engage.plan.states import NotNowError

State, POLICY, CAPACITY = Change.State, Change.Kind.POLICY, Change.Kind.CAPACITY
pytestmark = pytest.mark.django_db


@pytest.fixture
def file(bank):
    """The policy file of the workspace; absent before and after."""
    path = bank.home / "policy.yaml"
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def form(as_, file):
    """``form(weekly=2)``: the editor's form as a browser would send it, with some fields changed."""

    def filled(kind=POLICY, **changed):
        page = as_(Role.MAKER).get(reverse("change_new", args=[kind]))
        data = {"why": "少打扰", "caps.count": "0"}
        for section in page.context["sections"]:
            for field in section["fields"]:
                data |= sent(field)
        return data | changed

    return filled


def sent(field):
    if field.kind == "caps":
        data = {"caps.count": len(field.rows)}
        for row in field.rows:
            data |= {f"caps.{row['place']}.{part}": row[part] for part in ("name", "limit", "days")}
            data[f"caps.{row['place']}.channels"] = [code for code, _, on in row["channels"] if on]
        return data
    if field.kind == "many":
        return {field.name: [code for code, _, on in field.choices if on]}
    if field.kind == "flag":
        return {field.name: "yes"} if field.value else {}
    if field.kind == "choice":
        return {field.name: next(code for code, _, on in field.choices if on)}
    return {field.name: field.value}


def propose(as_, form, kind=POLICY, **changed):
    answer = as_(Role.MAKER).post(reverse("change_new", args=[kind]), form(kind, **changed))
    assert answer.status_code == 302, answer.context["wrong"] if answer.context else answer
    return Change.objects.latest("pk")


def rehearsed(change):
    """As if its dry run had ended."""
    queued = proposing.rehearse(change, change.author)
    side = {"contacts": 10, "value_fen": 100, "gap": 0.0, "status": "settled"}
    found = {"before": side, "after": side, "groups": [], "gaining": 1, "losing": 2, "moved": 3, "refused": []}
    assert rehearsal.done(queued, queued.run, found, "night")
    return Change.objects.get(pk=change.pk)


def submitted(change):
    return proposing.submit(rehearsed(change), change.author)


def test_a_form_sent_as_it_came_changes_nothing(as_, form):
    for kind in (POLICY, CAPACITY):
        answer = as_(Role.MAKER).post(reverse("change_new", args=[kind]), form(kind))
        assert answer.status_code == 422
        assert answer.context["general"]
    assert not Change.objects.exists()


@pytest.mark.parametrize(
    ("kind", "changed", "name"),
    [
        (POLICY, {"silence.refused_days": "ninety"}, "silence.refused_days"),
        (POLICY, {"silence.refused_days": ""}, "silence.refused_days"),
        (POLICY, {"universal_control_share": "100"}, "universal_control_share"),
        (POLICY, {"universal_control_share": "x"}, "universal_control_share"),
        (POLICY, {"quiet_hours.from": "25:00"}, "quiet_hours.from"),
        (POLICY, {"quiet_days.dates": "2026-02-30"}, "quiet_days.dates"),
        (POLICY, {"held_once": "deposits"}, "held_once"),
        (POLICY, {"risk_signals.fraud": "nothing"}, "risk_signals.fraud"),
        (POLICY, {"caps.1.limit": "-1"}, "caps.1.limit"),
        (POLICY, {"caps.1.name": "daily"}, "caps"),
        (POLICY, {"contacts_per_night": "9" * 40}, "contacts_per_night"),
        (CAPACITY, {"channels.sms.contacts": "many"}, "channels.sms.contacts"),
        (CAPACITY, {"channels.sms.contacts": "-5"}, "channels.sms.contacts"),
        (CAPACITY, {"departments.cards.floor": "150"}, "departments.cards.floor"),
        (CAPACITY, {"rm_leads": "1.5"}, "rm_leads"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(as_, form, kind, changed, name):
    answer = as_(Role.MAKER).post(reverse("change_new", args=[kind]), form(kind, **changed))
    assert answer.status_code == 422
    wrong = [field for section in answer.context["sections"] for field in section["fields"] if field.error]
    assert [field.name for field in wrong] == ["caps" if name.startswith("caps") else name]
    text = answer.content.decode()
    assert wrong[0].error in text
    assert "少打扰" in text
    assert all(str(value) in text for value in changed.values())
    assert not Change.objects.exists()


def test_a_capacity_whose_floors_are_too_many_is_told_above_the_form(as_, form):
    changed = {"departments.cards.floor": "60", "departments.loans.floor": "60"}
    answer = as_(Role.MAKER).post(reverse("change_new", args=[CAPACITY]), form(CAPACITY, **changed))
    assert answer.context["general"] == "各部门保底合计超过 100%。"


def test_a_change_is_made_rehearsed_approved_and_undone(as_, form, file, monkeypatch):
    # The heart beats on a connection of its own, which does not see what this test has not committed.
    monkeypatch.setattr(scheduler, "BEAT_SECONDS", 3600)
    change = propose(as_, form, **{"caps.1.limit": "2", "silence.refused_days": "120"})
    page = reverse("change", args=[change.pk])
    told = [(row["name"], row["old"], row["new"]) for row in as_(Role.MAKER).get(page).context["differs"]]
    assert told[1] == ("silence.refused_days", "90 天", "120 天")
    assert "7 天内最多 2 次" in told[0][2]
    maker, checker = as_(Role.MAKER), as_(Role.APPROVER)
    with pytest.raises(NotNowError):
        proposing.submit(change, change.author)
    maker.post(reverse("change_rehearse", args=[change.pk]))
    assert "hx-get" in maker.get(page).content.decode()
    assert scheduler.Scheduler("test").one()
    assert Run.objects.get(job="rehearsal").state == Run.State.DONE, Run.objects.get(job="rehearsal").message
    change.refresh_from_db()
    assert change.is_rehearsed
    assert change.rehearsal["before"]["contacts"] > 0
    assert change.rehearsal["after"]["policy"] == documents.version_of(POLICY, change.content)
    assert maker.post(reverse("change_submit", args=[change.pk])).status_code == 302
    decide = reverse("change_decide", args=[change.pk])
    shown = checker.get(decide).context["change"].digest
    assert not file.exists()
    assert checker.post(decide, {"verdict": "approve", "shown": shown, "why": "好"}).status_code == 302
    change.refresh_from_db()
    assert change.state == State.APPLIED
    assert load.load(file).version == documents.version_of(POLICY, change.content)
    assert yaml.safe_load(file.read_text("utf-8"))["silence"]["refused_days"] == 120
    trail = list(Entry.objects.order_by("number").values_list("action", flat=True))
    assert trail == ["submit", "approve", "change"]
    assert maker.post(reverse("change_undo", args=[change.pk])).status_code == 302
    undone = Change.objects.latest("pk")
    assert (undone.state, undone.undoes_id) == (State.DRAFT, change.pk)
    assert documents.version_of(POLICY, undone.content) == load.load("").version


def test_nobody_approves_their_own(as_, form):
    change = submitted(propose(as_, form, **{"silence.refused_days": "30"}))
    author = change.author
    author.role = Role.APPROVER
    author.save()
    answer = as_(author).post(reverse("change_decide", args=[change.pk]), {"verdict": "approve", "shown": change.shown})
    assert answer.status_code == 422
    assert "不能审批自己的变更" in answer.content.decode()
    change.refresh_from_db()
    assert change.state == State.SUBMITTED


def test_an_approver_of_a_city_does_not_decide_for_the_bank(as_, form):
    change = submitted(propose(as_, form, **{"silence.refused_days": "60"}))
    city = Staff.objects.filter(role=Role.APPROVER, is_active=True, org__level="city").first()
    browser = as_(city)
    assert browser.get(reverse("change", args=[change.pk])).status_code == 200
    shown = {"verdict": "approve", "shown": change.digest}
    assert browser.post(reverse("change_decide", args=[change.pk]), shown).status_code == 403
    assert browser.post(reverse("change_apply", args=[change.pk])).status_code == 403
    with pytest.raises(proposing.NotTheirsError):
        proposing.approve(change, city, change.digest, "")
    change.refresh_from_db()
    assert change.state == State.SUBMITTED


def test_what_was_edited_after_it_was_shown_is_not_approved(as_, form, file):
    change = submitted(propose(as_, form, **{"silence.refused_days": "30"}))
    shown = as_(Role.APPROVER).get(reverse("change_decide", args=[change.pk])).context["change"].digest
    values = change.content | {"contacts_per_night": 9}
    submitted(proposing.edit(change, change.author, values, "other"))
    answer = as_(Role.APPROVER).post(
        reverse("change_decide", args=[change.pk]), {"verdict": "approve", "shown": shown, "why": ""}
    )
    assert answer.status_code == 422
    assert "在您查看之后改过" in answer.content.decode()
    assert not file.exists()


def test_a_policy_that_moved_stops_the_approval_until_the_change_is_laid_over_it(as_, form, bank, file):
    change = submitted(propose(as_, form, **{"silence.refused_days": "30"}))
    moved = change.before | {"contacts_per_night": 2}
    documents.write(bank, POLICY, moved, "by hand")
    decide = reverse("change_decide", args=[change.pk])
    answer = as_(Role.APPROVER).post(decide, {"verdict": "approve", "shown": change.digest})
    assert answer.status_code == 422
    assert "不能批准" in answer.content.decode()
    assert load.load(file).contacts_per_night == 2
    assert as_(Role.MAKER).post(reverse("change_rebase", args=[change.pk])).status_code == 302
    change.refresh_from_db()
    assert (change.state, change.is_rehearsed) == (State.DRAFT, False)
    assert change.content == moved | {"silence": {"refused_days": 30, "complained_days": 180}}


def test_a_rejection_needs_a_reason(as_, form):
    change = submitted(propose(as_, form, **{"silence.refused_days": "30"}))
    decide, checker = reverse("change_decide", args=[change.pk]), as_(Role.APPROVER)
    assert checker.post(decide, {"verdict": "reject", "shown": change.digest, "why": " "}).status_code == 422
    assert checker.post(decide, {"verdict": "reject", "shown": change.digest, "why": "太松"}).status_code == 302
    change.refresh_from_db()
    assert (change.state, change.decision) == (State.REJECTED, "太松")


def test_an_approval_asks_for_a_recent_password(as_, form):
    change = submitted(propose(as_, form, **{"silence.refused_days": "30"}))
    checker = Staff.objects.filter(role=Role.APPROVER, is_active=True).order_by("org__path", "username").first()
    checker.set_password("a-long-password")
    checker.save()
    client = as_(checker)
    session = client.session
    session["account_authentication_methods"][0]["at"] = time.time() - 3600
    session.save()
    decide = reverse("change_decide", args=[change.pk])
    answer = client.post(decide, {"verdict": "approve", "shown": change.digest})
    assert answer.status_code == 302
    assert "reauthenticate" in answer["Location"]
    change.refresh_from_db()
    assert change.state == State.SUBMITTED


def test_an_approval_that_cannot_be_written_is_approved_and_not_in_force(as_, form, file, monkeypatch):
    change = submitted(propose(as_, form, **{"silence.refused_days": "30"}))
    checker = Staff.objects.filter(role=Role.APPROVER, org__parent=None).first()

    def full(*_):
        raise OSError("no space")

    with monkeypatch.context() as broken:
        broken.setattr(documents, "write", full)
        with pytest.raises(OSError, match="no space"):
            proposing.approve(change, checker, change.digest, "")
    change.refresh_from_db()
    assert change.state == State.APPROVED
    assert not file.exists()
    assert as_(Role.APPROVER).post(reverse("change_apply", args=[change.pk])).status_code == 302
    change.refresh_from_db()
    assert change.state == State.APPLIED
    assert load.load(file).silence.refused_days == 30


def test_a_draft_is_its_authors_alone(as_, form):
    change = propose(as_, form, **{"silence.refused_days": "30"})
    page = reverse("change", args=[change.pk])
    assert as_(Role.MAKER).get(page).status_code == 200
    for role in (Role.APPROVER, Role.ANALYST, Role.DEPARTMENT_HEAD):
        assert as_(role).get(page).status_code == 404
    assert as_(Role.DEPARTMENT_HEAD).post(reverse("change_withdraw", args=[change.pk])).status_code == 404


def test_a_dry_run_that_fails_says_why(as_, form, bank):
    change = propose(as_, form, **{"silence.refused_days": "30"})
    proposing.rehearse(change, change.author)
    Change.objects.filter(pk=change.pk).update(content=change.content | {"nonsense": 1})
    run = Run.objects.get()
    assert rehearsal.work(run, None) == "The change has been edited since; nothing to do."
