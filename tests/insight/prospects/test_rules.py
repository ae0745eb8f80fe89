"""Each rule finds the person built for it and leaves the neighbours just below each threshold."""

from datetime import date

import pytest

from kequn.engine.macros import Parameters
from kequn.insight.prospects.compile import prospect_query

YUAN = 100
BASE = {
    "tier": "gold", "tier_rank": 2, "tier_bound": 200_000 * YUAN, "tier_next": "platinum",
    "tier_next_bound": 500_000 * YUAN, "tier_near": False, "tier_gap": 200_000 * YUAN, "aum": 300_000 * YUAN,
    "aum_month_avg": 300_000 * YUAN, "tier_deposit_needed": 210_000 * YUAN, "branch_id": "B7", "org_id": "O71",
    "staff_id": "S9",
}  # fmt: skip
# rule: the person it finds; neighbours it leaves; estimate in fen; confidence; words in zh; words in en
CASES = {
    "other_bank_vip": (
        {
            "other_bank_vip_level": "diamond", "other_bank_vip_bank": "海港银行", "other_bank_vip_count_12m": 2,
            "other_bank_vip_flow_12m": 100_000 * YUAN, "other_bank_vip_out_12m": 61_200 * YUAN,
        },
        [
            {"other_bank_vip_level": None},
            {"other_bank_vip_count_12m": 1},
            {"other_bank_vip_flow_12m": 100_000 * YUAN - 1},
            {"tier": "private"},
        ],
        1_000_000 * YUAN,
        60,
        ["海港银行", "钻石卡", "2笔", "10万元", "6.1万元"],
        ["海港银行", "Diamond card", "2 transfers", "CNY 100K", "CNY 61.2K"],
    ),
    "quality_mortgage": (
        {
            "has_mortgage": True, "mortgage_spotless": True, "mortgage_amount": 2_000_000 * YUAN,
            "mortgage_area": "good", "mortgage_ltv_percent": 41, "monthly_payment": 9_500 * YUAN,
            "aum_month_avg": 200_000 * YUAN,
        },
        [
            {"mortgage_amount": 2_000_000 * YUAN - 1},
            {"mortgage_spotless": False},
            {"has_mortgage": False},
            {"aum_month_avg": 200_000 * YUAN + 1},
        ],
        (9_500 * 24 - 200_000) * YUAN,
        55,
        ["200万元", "41%", "9500元", "20万元"],
        ["CNY 2M", "41%", "CNY 9.5K", "CNY 200K"],
    ),
    "near_private": (
        {
            "tier": "diamond", "tier_rank": 4, "tier_next": "private", "tier_near": True,
            "tier_next_bound": 6_000_000 * YUAN, "aum_month_avg": 5_400_000 * YUAN, "tier_gap": 600_000 * YUAN,
            "tier_deposit_needed": 1_234_000 * YUAN,
        },
        [{"tier_near": False}, {"tier_next": "diamond"}, {"tier": "private"}],
        600_000 * YUAN,
        65,
        ["540万元", "差60万元", "123.4万元"],
        ["CNY 5.4M", "CNY 600K", "CNY 1.23M"],
    ),
    "listed_officer": (
        {
            "officer_position": "supervisor", "officer_company": "北山股份", "officer_match": "id_number",
            "officer_namesakes": 1,
        },
        [{"officer_position": None}, {"officer_match": "name", "officer_namesakes": 4}, {"tier": "private"}],
        5_700_000 * YUAN,
        85,
        ["北山股份监事", "证件号", "30万元"],
        ["Supervisor of 北山股份", "Identity number", "CNY 300K"],
    ),
    "corporate_executive": (
        {
            "corporate_role": "legal_representative", "corporate_company": "南海商贸",
            "corporate_capital": 5_000_000 * YUAN, "corporate_deposit": 88_000 * YUAN,
        },
        [{"corporate_capital": 5_000_000 * YUAN - 1}, {"corporate_role": None}, {"tier": "private"}],
        200_000 * YUAN,
        60,
        ["南海商贸法定代表人", "500万元", "8.8万元"],
        ["Legal representative of 南海商贸", "CNY 5M", "CNY 88K"],
    ),
    "large_inflow": (
        # 11 months of 40,000 yuan and one of 280,000: the habit is 40,000, five times of it 200,000.
        {
            "inflow_largest_30d": 200_000 * YUAN, "inflow_30d": 280_000 * YUAN,
            "inflow_month_avg_12m": (11 * 40_000 + 280_000) * YUAN // 12, "net_flow_90d": 160_001 * YUAN,
            "aum": 160_001 * YUAN,
        },
        [
            {"inflow_largest_30d": 200_000 * YUAN - 1},
            {"inflow_largest_30d": 100_000 * YUAN - 1, "inflow_30d": 720_000 * YUAN},
            {"net_flow_90d": 159_000 * YUAN},
            {"aum": 159_000 * YUAN},
        ],
        160_001 * YUAN,
        65,
        ["20万元", "6万元", "16万元"],
        ["CNY 200K", "CNY 60K", "CNY 160K"],
    ),
    "high_payroll": (
        {
            "payroll_months_3m": 2, "payroll_months_12m": 10, "pay_month_avg": 30_000 * YUAN,
            "pay_last_fen": 31_500 * YUAN, "payroll_retained_10d_share": 0.125, "aum_month_avg": 359_999 * YUAN,
        },
        [
            {"payroll_months_3m": 1},
            {"pay_month_avg": 30_000 * YUAN - 1},
            {"aum_month_avg": 360_000 * YUAN},
        ],
        1 * YUAN,
        70,
        ["10个月", "3万元", "3.2万元", "13%", "36万元"],
        ["10 of 12", "CNY 30K", "CNY 31.5K", "13%", "CNY 360K"],
    ),
    "big_merchant": (
        {
            "merchant_count": 3, "merchant_settle_month_avg": 400_000 * YUAN, "merchant_settle_90d": 1_250_000 * YUAN,
            "merchant_kept_share": 0.3, "aum_month_avg": 120_000 * YUAN,
        },
        [
            {"merchant_settle_month_avg": 200_000 * YUAN - 1},
            {"merchant_kept_share": 0.31},
            {"merchant_kept_share": None},
            {"merchant_count": 0},
        ],
        80_000 * YUAN,
        75,
        ["3户", "40万元", "125万元", "12万元", "30%"],
        ["Shops: 3", "CNY 400K", "CNY 1.25M", "CNY 120K", "30%"],
    ),
    "maturing_funds": (
        {
            "maturing_30d_fen": 100_000 * YUAN + 1, "maturing_30d_count": 2, "next_maturity_on": date(2025, 6, 29),
        },
        [
            {"maturing_30d_fen": 100_000 * YUAN},
            {"maturing_30d_fen": 0},
            {"tier_rank": 0, "tier_bound": 0},
            {"aum": 190_000 * YUAN},
            {"maturing_30d_fen": 20_000 * YUAN - 1, "aum": 200_000 * YUAN},
        ],
        100_000 * YUAN + 1,
        80,
        ["2笔", "10万元", "2025年6月29日", "30万元", "贵宾金", "20万元", "贵宾白金"],
        ["2, CNY 100K", "2025-06-29", "CNY 300K", "Gold", "CNY 200K", "Platinum"],
    ),
}  # fmt: skip
# further people whom a rule finds: rule, changes to its person, estimate, confidence
OTHERS = [
    ("other_bank_vip", {"other_bank_vip_level": "private"}, 6_000_000 * YUAN, 60),
    ("other_bank_vip", {"other_bank_vip_level": "platinum", "other_bank_vip_count_12m": 99}, 500_000 * YUAN, 90),
    ("quality_mortgage", {"mortgage_amount": 1, "mortgage_area": "core"}, 28_000 * YUAN, 55),
    ("quality_mortgage", {"mortgage_ltv_percent": 40, "mortgage_area": "core"}, 28_000 * YUAN, 85),
    ("quality_mortgage", {"mortgage_ltv_percent": None, "monthly_payment": 0}, 0, 55),
    ("listed_officer", {"officer_match": "name", "officer_namesakes": 3}, 5_700_000 * YUAN, 15),
    ("listed_officer", {"officer_match": "name"}, 5_700_000 * YUAN, 45),
    ("corporate_executive", {"corporate_role": "owner"}, 200_000 * YUAN, 70),
    ("corporate_executive", {"corporate_role": "executive", "corporate_deposit": None}, 200_000 * YUAN, 45),
    ("large_inflow", {"inflow_month_avg_12m": 0, "aum": 900_000 * YUAN}, 200_000 * YUAN, 85),
    ("high_payroll", {"payroll_months_12m": 9}, 1 * YUAN, 50),
    ("big_merchant", {"merchant_settle_month_avg": 200_000 * YUAN}, 0, 60),
    ("maturing_funds", {"aum": 200_000 * YUAN, "maturing_30d_fen": 20_000 * YUAN}, 20_000 * YUAN, 80),
    # lifts: the average is still mass, the balance is already beyond the next bound because of what matures
    (
        "maturing_funds",
        {"tier_rank": 0, "tier_bound": 0, "tier_next_bound": 250_000 * YUAN},
        100_000 * YUAN + 1,
        60,
    ),
]


@pytest.fixture
def find(customers):
    """Rows of table ``prospect`` by (rule, customer) for people stated by their tags."""

    def run(people):
        bank = customers.bank
        customers.compose([BASE | person for person in people])
        bank.engine.keep("prospect", prospect_query(customers.catalogue, Parameters(bank.as_of, bank.settings)))
        columns = "rule, customer_id, evidence_zh, evidence_en, estimate_fen, confidence_percent"
        rows = bank.engine.fetch(bank.compile(f"SELECT {columns}, branch_id, org_id, staff_id FROM prospect"))
        return {(row["rule"], row["customer_id"]): row for row in rows.to_pylist()}

    return run


def test_every_rule_is_tested_here(definitions):
    assert set(CASES) == set(definitions.prospects)


def test_the_person_a_rule_is_built_for(find):
    found = find([person | {"customer_id": number} for number, (person, *_) in enumerate(CASES.values())])
    assert set(found) == {(rule, number) for number, rule in enumerate(CASES)}
    for number, (rule, (_, _, estimate, confidence, zh, en)) in enumerate(CASES.items()):
        row = found[rule, number]
        assert (row["estimate_fen"], row["confidence_percent"]) == (estimate, confidence), rule
        assert (row["branch_id"], row["org_id"], row["staff_id"]) == ("B7", "O71", "S9")
        assert [words for words in zh if words not in row["evidence_zh"]] == [], row["evidence_zh"]
        assert [words for words in en if words not in row["evidence_en"]] == [], row["evidence_en"]


def test_neighbours_just_below_a_threshold(find):
    people, which = [], {}
    for rule, (person, neighbours, *_) in CASES.items():
        for changes in neighbours:
            which[len(people)] = (rule, changes)
            people.append(person | changes | {"customer_id": len(people)})
    found = find(people)
    for number, (rule, changes) in which.items():
        assert (rule, number) not in found, (rule, changes)


def test_other_people_a_rule_finds(find):
    found = find([CASES[rule][0] | changes | {"customer_id": n} for n, (rule, changes, _, _) in enumerate(OTHERS)])
    for number, (rule, changes, estimate, confidence) in enumerate(OTHERS):
        row = found.get((rule, number))
        assert row is not None, (rule, changes)
        assert (row["estimate_fen"], row["confidence_percent"]) == (estimate, confidence), (rule, changes)
        assert "None" not in row["evidence_zh"]


def test_an_ordinary_customer_is_no_prospect(find):
    assert find([{"customer_id": 1}]) == {}


def test_what_is_not_known_is_said_to_be_unknown(find):
    person = CASES["corporate_executive"][0] | {"customer_id": 1, "corporate_deposit": None}
    row = find([person])["corporate_executive", 1]
    assert "企业存款未知" in row["evidence_zh"]
    assert "deposits unknown" in row["evidence_en"]
