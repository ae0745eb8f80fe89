"""A bank's own rules: what is wrong with them is said with file, field and the nearest name."""

import pytest

from kequn.engine.macros import Parameters
from kequn.errors import KequnError
from kequn.insight.catalogue import Catalogue, Prospect
from kequn.insight.prospects.compile import prospect_query

RULE = Prospect(
    name="mine", zh="x", en="x", condition="aum >= yuan(10)", estimate="aum", estimate_zh="x", estimate_en="x",
    confidence="50", evidence_zh="资产{aum}", evidence_en="AUM {aum:plain} of {tier}",
)  # fmt: skip


def compiled(definitions, bank, *rules):
    whole = Catalogue(definitions.topics, {}, {rule.name: rule for rule in rules})
    return prospect_query(whole, Parameters(bank.as_of, bank.settings))


def rows(customers, *rules):
    query = compiled(customers.catalogue, customers.bank, *rules)
    return customers.bank.engine.fetch(query).to_pylist()


def test_one_rule_of_a_bank(customers):
    customers.compose([{"customer_id": 1, "aum": 1_000, "tier": "gold"}, {"customer_id": 2, "aum": 999}])
    (row,) = rows(customers, RULE)
    assert (row["rule"], row["customer_id"], row["estimate_fen"]) == ("mine", 1, 1_000)
    assert (row["evidence_zh"], row["evidence_en"]) == ("资产10元", "AUM 1000 of Gold")


@pytest.mark.parametrize(
    ("estimate", "confidence", "wanted"), [("0 - aum", "0 - 5", (0, 0)), ("aum", "250", (1000, 100))]
)
def test_estimates_and_confidences_stay_in_range(customers, estimate, confidence, wanted):
    customers.compose([{"customer_id": 1, "aum": 1_000}])
    (row,) = rows(customers, RULE.model_copy(update={"estimate": estimate, "confidence": confidence}))
    assert (row["estimate_fen"], row["confidence_percent"]) == wanted


def test_quotes_in_evidence_are_words(customers):
    customers.compose([{"customer_id": 1, "aum": 1_000}])
    (row,) = rows(customers, RULE.model_copy(update={"evidence_en": "the customer's {aum} isn't {aum}"}))
    assert row["evidence_en"] == "the customer's CNY 10 isn't CNY 10"


def test_a_bank_without_rules_has_an_empty_table_of_the_same_columns(customers):
    customers.compose([{"customer_id": 1}])
    with_rule = compiled(customers.catalogue, customers.bank, RULE)
    without = compiled(customers.catalogue, customers.bank)
    assert with_rule.columns() == without.columns()
    assert customers.bank.engine.keep("prospect", without) == 0


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("condition", "aum_month_avgg > 5", r"mine.yaml, condition.*no tag aum_month_avgg.*aum_month_avg\?"),
        ("condition", "aum", "condition"),
        ("estimate", "aumm", r"mine.yaml, estimate.*no tag aumm"),
        ("estimate", "tier", "estimate"),
        ("confidence", "tier = 'gold'", "confidence"),
        ("evidence_zh", "{aumm}", r"mine.yaml, evidence_zh: there is no tag aumm. Did you mean aum\?"),
        ("evidence_en", "{aum:dollars}", "evidence_en: there is no form dollars. Use one of yuan"),
    ],
)
def test_faults_are_named(definitions, bank, field, text, message):
    with pytest.raises(KequnError, match=message):
        compiled(definitions, bank, RULE.model_copy(update={field: text}))
