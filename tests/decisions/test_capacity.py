from __future__ import annotations

from importlib import resources

import pytest
import yaml

from kequn.decisions.campaign import CHANNELS
from kequn.decisions.capacity import FILE, capacity
from kequn.errors import KequnError

DEFAULT = resources.files("kequn.decisions").joinpath(FILE).read_text("utf-8")


def fault(workspace, text: str) -> KequnError:
    (workspace.home / FILE).write_text(text, "utf-8")
    with pytest.raises(KequnError) as error:
        capacity(workspace)
    return error.value


def test_the_default_has_every_channel_and_department(workspace):
    found = capacity(workspace)
    assert set(found.channels) == set(CHANNELS)
    assert (found.rm_leads, found.branch_leads) == (8, 60)
    assert found.channels["agent_call"].cost_fen == 450
    assert len(found.departments) == 6


def test_the_workspace_replaces_it(workspace):
    text = DEFAULT.replace("rm_leads: 8", "rm_leads: 3\nrm_leads_of: {S1: 9}").replace(
        "contacts: 2000,", "contacts: 0,"
    )
    (workspace.home / FILE).write_text(text, "utf-8")
    found = capacity(workspace)
    assert (found.rm_leads, found.rm_leads_of, found.channels["agent_call"].contacts) == (3, {"S1": 9}, 0)
    (workspace.home / FILE).unlink()
    assert found.version != capacity(workspace).version


def line(text: str, start: str) -> int:
    return 1 + next(n for n, each in enumerate(text.splitlines()) if each.strip().startswith(start))


@pytest.mark.parametrize(
    ("old", "new", "where", "said", "hint"),
    [
        ("cost_fen: 5,", "cost_fen: -5,", "sms:", "channels.sms.cost_fen: Input should be greater than", "'-5'"),
        ("cost_fen: 5,", "cost: 5,", "sms:", "there is no field channels.sms.cost", "Did you mean cost_fen?"),
        ("cost_fen: 5, ", "", "sms:", "field channels.sms.cost_fen is missing", "Add it."),
        ("contacts: 2000,", "contacts: 0.5,", "agent_call:", "channels.agent_call.contacts:", "'0.5'"),
        ("from_hour: 9, until_hour: 17", "from_hour: 17, until_hour: 9", "popup:", "closes at 9, not after it", ""),
        ("until_hour: 17", "until_hour: 25", "popup:", "popup.until_hour: Input should be less than", "'25'"),
        ("  sms:", "  fax:", "fax:", "field channels.fax: Input should be 'sms'", "'fax'"),
        ("rm_leads: 8", "rm_lead: 8", "rm_lead:", "there is no field rm_lead", "Did you mean rm_leads?"),
        ("en: Cards}", "en: Cards, floor: 1.5}", "cards:", "cards.floor: Input should be less than", "'1.5'"),
        ("rm_leads: 8", "rm_leads: 8\nrm_leads: 9", "rm_leads: 9", "field rm_leads is given twice", "Keep one."),
    ],
)  # fmt: skip
def test_what_is_wrong_names_file_line_and_field(workspace, old, new, *, where, said, hint):
    assert old in DEFAULT
    text = DEFAULT.replace(old, new)
    found = fault(workspace, text)
    assert said in found.message
    assert hint in found.hint
    assert found.message.startswith(f"{FILE}, line {line(text, where)}: ")


def test_a_channel_that_is_left_out_is_named(workspace):
    fields = yaml.safe_load(DEFAULT)
    del fields["channels"]["email"]
    found = fault(workspace, yaml.safe_dump(fields, allow_unicode=True))
    assert "channel email is missing; give it contacts: 0" in found.message


@pytest.mark.parametrize(
    ("floors", "fits"),
    [((0.7, 0.4), False), ((0.5, 0.5), True), ((0.1, 0.7, 0.2), True), ((0.3, 0.6, 0.1), True), ((0.5, 0.51), False)],
)
def test_floors_add_up_to_one_at_most(workspace, floors, fits):
    fields = yaml.safe_load(DEFAULT)
    for name, floor in zip(fields["departments"], floors, strict=False):
        fields["departments"][name]["floor"] = floor
    text = yaml.safe_dump(fields, allow_unicode=True)
    if fits:
        (workspace.home / FILE).write_text(text, "utf-8")
        assert sum(each.floor for each in capacity(workspace).departments.values()) == pytest.approx(1)
    else:
        assert f"add up to {sum(floors):.2f}, more than 1" in fault(workspace, text).message


def test_a_file_that_is_not_utf8_is_refused(workspace):
    (workspace.home / FILE).write_bytes(DEFAULT.encode("gb18030"))
    with pytest.raises(KequnError, match="is not UTF-8"):
        capacity(workspace)
