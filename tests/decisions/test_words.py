"""Words of reasons, also of a policy that has changed since the night."""

from __future__ import annotations

from kequn.decisions.policy import load
from kequn.decisions.policy.rules import reasons
from kequn.decisions.words import words

CAP = "caps:\n  - {name: hourly, limit: 1, days: 1}\n"


def test_all_reasons_of_a_mask_are_named_in_the_order_of_the_nights_policy(workspace):
    default = load.load("")
    codes = [reason.code for reason in reasons(default)]
    told = words(workspace, default.version)
    assert told.codes(0b1011, codes[0]) == [codes[0], codes[1], codes[3]]
    assert told.of(codes[3]).zh == reasons(default)[3].zh


def test_the_workspaces_own_policy_is_known(workspace):
    (workspace.home / "policy.yaml").write_text(CAP, "utf-8")
    own = load.of(workspace)
    codes = [reason.code for reason in reasons(own)]
    bit = codes.index("cap_hourly")
    assert words(workspace, own.version).codes(1 << bit, "cap_hourly") == ["cap_hourly"]


def test_of_a_policy_that_is_gone_only_the_first_reason_is_sure(workspace):
    told = words(workspace, "gone")
    assert told.codes(0b1111, "no_consent") == ["no_consent"]
    assert told.of("no_consent").en == "No consent"
    assert told.of("cap_long_gone").zh == "cap_long_gone"


def test_bits_that_do_not_begin_with_the_first_reason_are_of_other_rules(workspace):
    told = words(workspace, load.load("").version)
    assert told.codes(0b1011, "no_consent") == ["no_consent"]


def test_a_faulty_policy_stops_nobody_who_reads(workspace):
    (workspace.home / "policy.yaml").write_text("caps: 3\n", "utf-8")
    assert words(workspace, load.load("").version).order
