"""Whatever makers and checkers do, in whatever order: nothing comes into force that was not rehearsed, shown and
approved by somebody else, over what was in force when it was made."""

from __future__ import annotations

import copy

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kequn.engage.audit.models import Entry
from kequn.engage.data.models import Run
from kequn.engage.orgs.models import Org, Staff
from kequn.engage.orgs.roles import Role
from kequn.engage.plan import documents, proposing, rehearsal
from kequn.engage.plan.models import Change
from kequn.engage.plan.states import TRANSITIONS
from kequn.errors import KequnError
from kequn.workspace import Workspace

State, POLICY = Change.State, Change.Kind.POLICY
PEOPLE = st.integers(0, 2)
DAYS = st.integers(0, 3)


class Desk(RuleBasedStateMachine):
    """Three people, one policy file, some changes; ``file`` is what a plain model expects to be in force."""

    workspace: Workspace

    def __init__(self) -> None:
        super().__init__()
        for model in (Change, Run, Entry):
            model.objects.all().delete()
        (self.workspace.home / "policy.yaml").unlink(missing_ok=True)
        self.people = list(Staff.objects.filter(username__in=["M1", "M2", "A1"]).order_by("username"))
        self.file = documents.default(POLICY)
        self.seen: dict[int, str] = {}

    def chosen(self, data: st.DataObject) -> Change:
        return data.draw(st.sampled_from(list(Change.objects.order_by("pk"))))

    def tried(self, act, *arguments) -> Change | None:
        try:
            return act(*arguments)
        except KequnError:
            return None

    def values(self, days: int) -> dict:
        values = copy.deepcopy(documents.in_force(self.workspace, POLICY)[0])
        values["silence"]["refused_days"] = days
        return values

    @rule(who=PEOPLE, days=DAYS)
    def propose(self, who, days):
        self.tried(proposing.propose, self.people[who], POLICY, self.values(days), "why")

    @precondition(lambda self: Change.objects.exists())
    @rule(data=st.data(), who=PEOPLE, days=DAYS)
    def edit(self, data, who, days):
        self.tried(proposing.edit, self.chosen(data), self.people[who], self.values(days), "other")

    @precondition(lambda self: Change.objects.exists())
    @rule(data=st.data(), who=PEOPLE)
    def rebase(self, data, who):
        self.tried(proposing.rebase, self.chosen(data), self.people[who])

    @precondition(lambda self: Change.objects.exists())
    @rule(data=st.data(), late=st.booleans())
    def rehearse(self, data, late):
        """The dry run ends; ``late``: only after the change has been edited."""
        change = self.chosen(data)
        queued = self.tried(proposing.rehearse, change, change.author)
        if queued is None:
            return
        if late:
            self.tried(proposing.edit, change, change.author, self.values(7), "meanwhile")
        rehearsal.done(queued, queued.run, {"after": {}}, "night")

    @precondition(lambda self: Change.objects.exists())
    @rule(data=st.data(), who=PEOPLE)
    def submit(self, data, who):
        change = self.chosen(data)
        rehearsed, before = change.is_rehearsed, documents.in_force(self.workspace, POLICY)[1]
        if found := self.tried(proposing.submit, change, self.people[who]):
            assert rehearsed
            assert found.base == before
            assert found.author_id == self.people[who].pk

    @precondition(lambda self: Change.objects.filter(state=State.SUBMITTED).exists())
    @rule(data=st.data())
    def look(self, data):
        """An approver opens the page."""
        change = self.chosen(data)
        self.seen[change.pk] = change.digest

    @precondition(lambda self: Change.objects.exists())
    @rule(data=st.data(), who=PEOPLE, yes=st.booleans())
    def decide(self, data, who, yes):
        change, person = self.chosen(data), self.people[who]
        shown = self.seen.get(change.pk, "")
        found = self.tried(proposing.approve if yes else proposing.reject, change, person, shown, "because")
        if found is None:
            return
        assert person.duty is Role.APPROVER
        assert change.author_id != person.pk
        assert shown == change.shown == change.digest
        if yes:
            assert change.rehearsed == shown
            assert change.base == documents.version_of(POLICY, self.file)
            self.file = change.content

    @precondition(lambda self: Change.objects.exists())
    @rule(data=st.data(), who=PEOPLE)
    def withdraw(self, data, who):
        self.tried(proposing.withdraw, self.chosen(data), self.people[who])

    @precondition(lambda self: Change.objects.filter(state=State.APPLIED).exists())
    @rule(data=st.data(), who=PEOPLE)
    def undo(self, data, who):
        applied = data.draw(st.sampled_from(list(Change.objects.filter(state=State.APPLIED).order_by("pk"))))
        if found := self.tried(proposing.undo, applied, self.people[who]):
            assert found.state == State.DRAFT

    @rule(days=DAYS)
    def somebody_writes_the_file(self, days):
        self.file = self.values(days)
        documents.write(self.workspace, POLICY, self.file, "by hand")

    @invariant()
    def what_is_in_force_is_what_was_approved(self):
        assert documents.in_force(self.workspace, POLICY)[1] == documents.version_of(POLICY, self.file)

    @invariant()
    def every_decision_is_on_the_chain(self):
        for action, states in (("approve", [State.APPLIED]), ("change", [State.APPLIED])):
            assert Entry.objects.filter(action=action).count() == Change.objects.filter(state__in=states).count()

    @invariant()
    def nobody_decides_on_their_own(self):
        for change in Change.objects.filter(decided_by__isnull=False):
            assert change.decided_by_id != change.author_id


@pytest.mark.django_db
def test_makers_and_checkers(workspace, settings):
    settings.WORKSPACE = workspace
    top = Org.objects.get(parent=None)
    for name, role in (("M1", Role.MAKER), ("M2", Role.DEPARTMENT_HEAD), ("A1", Role.APPROVER)):
        Staff.objects.create(username=name, role=role, org=top)
    Desk.workspace = workspace
    run_state_machine_as_test(
        Desk,
        settings=profile(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_every_state_can_be_reached_and_the_ends_are_ends():
    assert {end for _, end in TRANSITIONS.values()} == {*State} - set()
    for final in (State.APPLIED, State.WITHDRAWN):
        assert [action for action, (begin, _) in TRANSITIONS.items() if final in begin] == []
