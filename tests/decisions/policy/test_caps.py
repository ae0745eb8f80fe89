import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kequn.decisions.policy.caps import rooms
from kequn.decisions.policy.load import load

POLICY = """
contacts_per_night: 2
caps:
- {name: weekly, limit: 3, days: 7}
- {name: calls, limit: 1, days: 7, channels: [ai_call]}
- {name: monthly, limit: 8, days: 30}
"""


def used(**columns):
    return pa.record_batch({f"used_{name}": pa.array(values, pa.int64()) for name, values in columns.items()})


def test_rooms_are_what_each_cap_leaves_tonight():
    policy = load(POLICY)
    facts = used(weekly=[0, 2, 3, 9, None], calls=[0, 1, 5, None, 0], monthly=[0, 0, 0, 0, 0])
    assert rooms(policy, facts).tolist() == [[2, 1], [1, 0], [0, 0], [0, 0], [0, 1]]
    assert rooms(policy, used(weekly=[0], calls=[0], monthly=[8])).tolist() == [[0, 1]]


def test_without_caps_a_night_still_has_its_own():
    facts = pa.record_batch({"customer_id": pa.array([1, 2])})
    assert rooms(load("caps: []\ncontacts_per_night: 3"), facts).tolist() == [[3], [3]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**40))
def test_no_room_is_what_the_rules_of_the_caps_say(scene, seed):
    made = scene(seed).scene()
    found = rooms(made.policy, made.batch())
    for row, person in enumerate(made.people):
        full = {cap.name: (n := person[f"used_{cap.name}"]) is None or n >= cap.limit for cap in made.policy.caps}
        assert (found[row, 0] == 0) == any(full[cap.name] for cap in made.policy.wide_caps)
        assert [room == 0 for room in found[row, 1:]] == [full[cap.name] for cap in made.policy.narrow_caps]
        assert found[row, 0] <= made.policy.contacts_per_night
