"""The tree of province, cities, sub-branches and outlets, and the staff in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.plan import Ints, Plan
from kequn.sandbox.words import CITIES, CITY_WEIGHT, PLACES, person_names

PROVINCE = "44"
FUNCTIONS = ("analyst", "maker", "approver", "department_head", "data_engineer", "auditor", "administrator")
RMS_PER_OUTLET = 3


@dataclass(frozen=True)
class Orgs:
    """The organisation: ``outlet_city`` and ``outlet_branch`` place each outlet."""

    org: pa.Table
    staff: pa.Table
    outlets: list[str]
    outlet_city: Ints
    rms: list[list[str]]
    chiefs: list[str]


def organisation(plan: Plan) -> Orgs:
    """An organisation that grows with the number of customers."""
    chance = plan.chance(0, "orgs")
    branches = max(len(CITIES), int(plan.customers / plan.number("customers_per_sub_branch")))
    outlets = max(2 * branches, int(plan.customers / plan.number("customers_per_outlet")))
    branch_city = _spread(chance, branches, np.array(CITY_WEIGHT, float))
    outlet_branch = _spread(chance, outlets, np.ones(branches))
    outlet_ids = [f"{PROVINCE}O{number:05d}" for number in range(outlets)]
    staff, rms, chiefs = _staff(plan, chance, outlet_ids, branches)
    return Orgs(
        _org_table(branch_city, outlet_branch, outlet_ids), staff, outlet_ids, branch_city[outlet_branch], rms, chiefs
    )


def _spread(chance: np.random.Generator, count: int, weight: np.ndarray) -> Ints:
    """``count`` places over parents by weight, each parent at least once."""
    more = chance.choice(len(weight), count - len(weight), p=weight / weight.sum())
    return np.sort(np.concatenate([np.arange(len(weight)), more])).astype(np.int64)


def _org_table(branch_city: Ints, outlet_branch: Ints, outlet_ids: list[str]) -> pa.Table:
    rows: list[tuple[str | None, ...]] = [
        (PROVINCE, None, "province", "样板银行广东省分行", "Sample Bank Guangdong", "440000")
    ]
    rows += [(f"{PROVINCE}C{code}", PROVINCE, "city", f"{zh}分行", f"{en} Branch", code) for code, zh, en in CITIES]
    for number, city in enumerate(branch_city):
        code, zh, en = CITIES[city]
        name = f"{zh}{_place(number)}支行"
        rows.append((_branch(number), f"{PROVINCE}C{code}", "sub_branch", name, f"{en} Sub-branch {number:04d}", code))
    for number, branch in enumerate(outlet_branch):
        code, zh, en = CITIES[branch_city[branch]]
        name = f"{zh}{_place(number * 5 + 3)}网点"
        rows.append((outlet_ids[number], _branch(int(branch)), "outlet", name, f"{en} Outlet {number:05d}", code))
    names = ("org_id", "parent_org_id", "level", "name_zh", "name_en", "region")
    columns = zip(*rows, strict=True)
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)})


def _branch(number: int) -> str:
    return f"{PROVINCE}B{number:04d}"


def _place(number: int) -> str:
    turn = number // len(PLACES)
    return PLACES[number % len(PLACES)] + (f"{turn}区" if turn else "")


def _staff(
    plan: Plan, chance: np.random.Generator, outlets: list[str], branches: int
) -> tuple[pa.Table, list[list[str]], list[str]]:
    posts = [(outlet, "rm") for outlet in outlets for _ in range(RMS_PER_OUTLET)]
    posts += [(outlet, "teller") for outlet in outlets]
    posts += [(_branch(branch), role) for branch in range(branches) for role in ("branch_manager", "chief_rm")]
    posts += [(f"{PROVINCE}C{code}", role) for code, _, _ in CITIES for role in ("maker", "approver")]
    posts += [(PROVINCE, role) for role in FUNCTIONS]
    ids = [f"S{number:06d}" for number in range(len(posts))]
    active = chance.random(len(posts)) >= plan.share("staff_left_percent")
    active[::RMS_PER_OUTLET] = True
    table = pa.table(
        {
            "staff_id": ids,
            "org_id": [org for org, _ in posts],
            "name": person_names(chance, len(posts)),
            "role": [role for _, role in posts],
            "active": active,
        }
    )
    rms = [
        [ids[i] for i in range(o * RMS_PER_OUTLET, (o + 1) * RMS_PER_OUTLET) if active[i]] for o in range(len(outlets))
    ]
    chiefs = [staff for staff, (_, role), here in zip(ids, posts, active, strict=True) if role == "chief_rm" and here]
    return table, rms, chiefs or rms[0][:1]
