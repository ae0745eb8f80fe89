from datetime import date, time

import pytest

from kequn.decisions.policy.load import load, of
from kequn.decisions.policy.terms import Cap
from kequn.errors import KequnError
from kequn.workspace import Settings


def test_the_default_is_what_the_domain_says():
    policy = load("")
    assert policy.contacts_per_night == 1
    assert policy.caps == (
        Cap("daily", 1, 1, ()), Cap("weekly", 3, 7, ()), Cap("monthly", 8, 30, ()),
        Cap("calls", 1, 7, ("agent_call", "ai_call")),
    )  # fmt: skip
    assert (policy.quiet_hours.start, policy.quiet_hours.end) == (time(21), time(8))
    assert (policy.silence.refused_days, policy.silence.complained_days) == (90, 180)
    assert policy.risk_signals["deceased"] == "everything"
    assert set(policy.risk_signals.values()) == {"everything", "marketing"}
    assert (policy.assessment_valid_months, policy.universal_control_share) == (12, 0.02)
    assert not policy.calls.on_public_holidays


def test_the_default_limits_products_as_the_recommendations_do():
    policy, settings = load(""), Settings.load()
    assert policy.held_once == tuple(sorted(settings["scores.product_once"]))
    assert policy.funded == tuple(sorted(settings["scores.product_funded"]))
    assert policy.private.tiers == tuple(sorted(settings["scores.product_entitled_tiers"]))
    assert policy.assessment_valid_months == settings["risk.assessment_valid_months"]


def test_a_workspace_changes_what_it_names(workspace):
    assert of(workspace) == load("")
    text = 'silence: {refused_days: 30}\nquiet_hours: {from: 20:30, to: "09:00"}\nquiet_days: {dates: [2026-02-17]}\n'
    (workspace.home / "policy.yaml").write_text(text, "utf-8")
    policy = of(workspace)
    assert (policy.silence.refused_days, policy.silence.complained_days) == (30, 180)
    assert (policy.quiet_hours.start, policy.quiet_hours.end) == (time(20, 30), time(9))
    assert policy.quiet_days.dates == (date(2026, 2, 17),)


def test_the_version_is_of_the_content_and_not_of_its_look():
    assert len(load("").version) == 12
    assert load("# said again\ncontacts_per_night: 1\n").version == load("").version
    assert load("funded: [wealth, fund, deposit, metal, insurance, fund]").version == load("").version
    assert load("contacts_per_night: 2").version != load("").version


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contact_per_night: 2", r"no field contact_per_night.* Did you mean contacts_per_night\?"),
        ("silence: {refusd_days: 2}", r"no field silence.refusd_days.* Did you mean refused_days\?"),
        ("contacts_per_night: 0", "contacts_per_night may not be 0.* from 1 to 100"),
        ("contacts_per_night: yes", "contacts_per_night may not be True"),
        ("universal_control_share: 2", "universal_control_share may not be 2.* share"),
        ("universal_control_share: .nan", "universal_control_share may not be nan"),
        ("calls: {channels: [ai_calls]}", r"calls.channels may not be 'ai_calls'.* Did you mean ai_call\?"),
        ("calls: {channels: ai_call}", "calls.channels may not be 'ai_call'.* list"),
        ("calls: {on_public_holidays: 1}", "calls.on_public_holidays may not be 1.* true or false"),
        ("quiet_hours: {from: late}", "quiet_hours.from may not be 'late'.* time of day"),
        ('quiet_hours: {to: "24:00"}', "quiet_hours.to may not be '24:00'"),
        ("quiet_days: {dates: [tomorrow]}", "quiet_days.dates may not be 'tomorrow'"),
        ("quiet_days: {weekdays: [sonday]}", r"'sonday'.* Did you mean"),
        ("risk_signals: {minor: nobody}", "risk_signals.minor may not be 'nobody'"),
        ("risk_signals: {minor: nothing}", "risk_signals.minor may not be 'nothing'.*let minor exclude from as much"),
        ("held_once: [cards/credit]", r"held_once may not be 'cards/credit'.* Did you mean card\?"),
        ("private: {tiers: [platin]}", r"private.tiers may not be 'platin'.* Did you mean platinum\?"),
        ("service_exempt: [no_consent]", "service_exempt may not be 'no_consent'"),
        ("service_exempt: [risk_too_high]", "service_exempt may not be 'risk_too_high'"),
        ("caps: [{name: daily, limit: 1}]", r"caps\[0\].days is missing"),
        ("caps: [{name: Täglich, limit: 1, days: 1}]", r"caps\[0\].name may not be 'Täglich'"),
        ("caps: [daily]", r"caps\[0\] may not be 'daily'"),
        ("caps: [{name: a, limit: 1, days: 1}, {name: a, limit: 2, days: 2}]", "caps may not be 'a'.*name of its own"),
        ("caps: [" + "{name: a, limit: 1, days: 1}," * 17 + "]", "17 caps"),
        ("[1, 2]", r"the whole may not be \[1, 2\]"),
        ("silence: 90", "silence may not be 90"),
        ("a: [", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_named(text, said):
    with pytest.raises(KequnError, match=f"(?s)^policy.yaml.*{said}"):
        load(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(KequnError, match=r"rules.yaml cannot be read"):
        load(tmp_path / "rules.yaml")
    (tmp_path / "rules.yaml").write_bytes("备注: 政策".encode("gb18030"))
    with pytest.raises(KequnError, match=r"rules\.yaml is not UTF-8"):
        load(tmp_path / "rules.yaml")
