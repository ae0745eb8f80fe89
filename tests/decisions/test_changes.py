"""A change laid over the workspace's documents: only what it names changes, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from kequn.decisions.beginning import Beginning, beginning
from kequn.decisions.campaign import Campaign
from kequn.decisions.changes import changed
from kequn.errors import KequnError
from kequn.sandbox.decided import decide
from kequn.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.open(tmp_path / "bank")
    decide(made, 50_000)
    return made


def after(workspace: Workspace, text: str) -> Beginning:
    file = workspace.home / "change.yaml"
    file.write_text(text, "utf-8")
    return changed(workspace, beginning(workspace), file)


def campaign(begun: Beginning, name: str) -> Campaign:
    found = next(each for each in begun.campaigns if each.name == name)
    assert isinstance(found, Campaign)
    return found


def test_a_capacity_changes_alone(workspace: Workspace) -> None:
    begun, found = beginning(workspace), after(workspace, "capacity: {channels: {ai_call: {contacts: 1500}}}")
    assert (begun.capacity.channels["ai_call"].contacts, found.capacity.channels["ai_call"].contacts) == (750, 1500)
    others = {name: each for name, each in begun.capacity.channels.items() if name != "ai_call"}
    assert {name: found.capacity.channels[name] for name in others} == others
    assert (found.policy, found.campaigns) == (begun.policy, begun.campaigns)
    assert found.version != begun.version


def test_a_policy_changes_over_the_workspaces_own(workspace: Workspace) -> None:
    (workspace.home / "policy.yaml").write_text("contacts_per_night: 2\n", "utf-8")
    found = after(workspace, "policy: {silence: {refused_days: 10}}")
    assert (found.policy.contacts_per_night, found.policy.silence.refused_days) == (2, 10)
    assert found.policy.silence.complained_days == beginning(workspace).policy.silence.complained_days


def test_a_campaign_changes_is_added_and_removed(workspace: Workspace) -> None:
    begun = beginning(workspace)
    whole = campaign(begun, "card_fuel").model_dump_json().replace("card_fuel", "card_more")
    found = after(
        workspace,
        f"campaigns:\n- {{name: card_first, daily_limit: 7, budget_yuan: 12.34}}\n- {whole}\nremove: [app_return]\n",
    )
    assert (campaign(found, "card_first").daily_limit, campaign(found, "card_first").budget_fen) == (7, 1234)
    assert campaign(found, "card_first").offers == campaign(begun, "card_first").offers
    names = {each.name for each in begun.campaigns} - {"app_return"} | {"card_more"}
    assert {each.name for each in found.campaigns} == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "changes nothing"),
        ("capacties: {}", "no part capacties"),
        ("capacity: {channels: {ai_call: {contacts: -1}}}", "channels.ai_call.contacts"),
        ("policy: {contacts_per_nigth: 2}", "contacts_per_nigth"),
        ("policy: 3", "policy must hold fields"),
        ("remove: [card_frist]", "card_frist"),
        ("campaigns: [{daily_limit: 3}]", "needs a name"),
        ("campaigns: [{name: card_first, budget_yuan: 1.234}]", "budget_yuan"),
        ("campaigns: [{name: quite_new}]", "campaign quite_new"),
        ("campaigns: [", "not valid YAML"),
    ],
)
def test_a_wrong_change_is_named(workspace: Workspace, text: str, said: str) -> None:
    with pytest.raises(KequnError, match=said):
        after(workspace, text)


def test_a_file_that_is_not_there_is_named(workspace: Workspace) -> None:
    with pytest.raises(KequnError, match="cannot be read"):
        changed(workspace, beginning(workspace), workspace.home / "none.yaml")
