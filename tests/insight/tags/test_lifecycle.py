"""Lifecycle stages: each one, its edge, and what comes first."""

STEADY = {
    "customer_id": 1, "tenure_days": 900, "quiet_days": 3, "aum": 5_000, "product_count": 1,
    "aum_quarter_avg": 1_000, "aum_last_quarter_avg": 1_000,
}  # fmt: skip


CASES = [
    ("stable", {}),
    ("new", {"tenure_days": 89}),
    ("stable", {"tenure_days": 90}),
    ("stable", {"tenure_days": None}),
    ("new", {"tenure_days": 0, "aum": 0, "product_count": 0}),
    ("gone", {"aum": 0, "product_count": 0}),
    ("stable", {"aum": 0, "product_count": 1}),
    ("stable", {"aum": 0, "product_count": 0, "loan_count": 1}),
    ("stable", {"aum": 0, "product_count": 0, "credit_card_count": 1}),
    ("gone", {"aum": 0, "product_count": 0, "quiet_days": 400}),
    ("dormant", {"quiet_days": 180}),
    ("stable", {"quiet_days": 179}),
    ("stable", {"quiet_days": None}),
    ("dormant", {"quiet_days": 200, "aum_quarter_avg": 5_000}),
    ("returning", {"quiet_days_before_return": 180}),
    ("stable", {"quiet_days_before_return": 179}),
    ("returning", {"quiet_days_before_return": 300, "aum_quarter_avg": 0}),
    ("growing", {"aum_quarter_avg": 1_101}),
    ("stable", {"aum_quarter_avg": 1_100}),
    ("declining", {"aum_quarter_avg": 899}),
    ("stable", {"aum_quarter_avg": 900}),
    ("growing", {"aum_quarter_avg": 1, "aum_last_quarter_avg": 0}),
    ("stable", {"aum_quarter_avg": 0, "aum_last_quarter_avg": 0}),
]


def test_every_stage_at_its_edges(customers):
    people = [STEADY | changes | {"customer_id": number} for number, (_, changes) in enumerate(CASES)]
    found = customers.compose(people, derive=("lifecycle",))
    for number, (stage, changes) in enumerate(CASES):
        assert found[number]["lifecycle_stage"] == stage, changes


def test_a_bank_sets_its_own_days(customers):
    customers.bank.settings = customers.bank.settings.changed(lifecycle__new_days=10, lifecycle__dormant_days=30)
    people = [STEADY | {"tenure_days": 20}, STEADY | {"customer_id": 2, "quiet_days": 30}]
    found = customers.compose(people, derive=("lifecycle",))
    assert [found[c]["lifecycle_stage"] for c in (1, 2)] == ["stable", "dormant"]
