"""The product shelf: 200 products of all classes with limits, and the latent factors that make people like them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kequn.sandbox.codes import CLASS
from kequn.sandbox.files import blank, yuan
from kequn.sandbox.plan import NEVER, Bools, Floats, Ints, Plan
from kequn.sandbox.words import CITIES

FACTORS = 4
TERMS = (7, 30, 60, 90, 180, 270, 365, 540, 730, 1095)


@dataclass(frozen=True)
class Line:
    """A kind of product: how many, how risky, from which amount, for which terms (0 is open-ended)."""

    klass: str
    subtype: str
    zh: str
    en: str
    count: int
    risks: tuple[int, ...]
    minimums: tuple[int, ...]
    terms: tuple[int, ...]
    ages: tuple[int, int] = (18, 120)
    private: bool = False


LINES = (
    Line("deposit", "demand", "活期存款", "Demand deposit", 2, (1,), (0,), (0,), (0, 120)),
    Line("deposit", "time", "定期存款", "Time deposit", 20, (1,), (50, 1_000), TERMS[3:], (0, 120)),
    Line("deposit", "large", "大额存单", "Large certificate", 8, (1,), (200_000,), (180, 365, 730, 1095)),
    Line("wealth", "closed", "封闭理财", "Closed wealth product", 30, (1, 2, 2, 3), (100, 10_000, 50_000), TERMS[3:9]),
    Line("wealth", "open", "开放理财", "Open wealth product", 24, (1, 2, 2, 3), (1, 100, 10_000), (0,)),
    Line(
        "wealth", "private", "私享理财", "Private wealth product", 6, (4, 5), (1_000_000,), (365, 730), (25, 75), True
    ),
    Line("fund", "money", "货币基金", "Money market fund", 10, (1,), (1,), (0,)),
    Line("fund", "bond", "债券基金", "Bond fund", 14, (2, 3), (10, 100), (0,)),
    Line("fund", "mixed", "混合基金", "Balanced fund", 14, (3, 4), (10, 100), (0,)),
    Line("fund", "equity", "股票基金", "Equity fund", 10, (4, 5), (10, 100), (0,)),
    Line("fund", "private", "私募基金", "Private fund", 2, (5,), (1_000_000,), (0,), (25, 75), True),
    Line("insurance", "life", "终身寿险", "Whole life insurance", 10, (1, 2), (5_000, 20_000), (0,), (18, 65)),
    Line("insurance", "annuity", "年金保险", "Annuity insurance", 10, (1, 2, 3), (10_000,), (1825, 3650), (18, 60)),
    Line("metal", "accumulation", "积存金", "Gold accumulation", 5, (3,), (100,), (0,)),
    Line("metal", "bar", "实物金条", "Gold bar", 3, (3, 4), (5_000,), (0,)),
    Line("loan", "consumer", "消费贷款", "Consumer loan", 6, (1,), (5_000,), (365, 1095), (22, 60)),
    Line("loan", "mortgage", "住房贷款", "Home loan", 4, (1,), (200_000,), (3650, 10_950), (22, 65)),
    Line("card", "credit", "信用卡", "Credit card", 12, (1,), (0,), (0,), (18, 65)),
    Line("service", "service", "会员服务", "Member service", 10, (1,), (0,), (0,)),
)


@dataclass(frozen=True)
class Shelf:
    """The products as arrays; ``factors`` are latent and belong to the truth."""

    ids: list[str]
    names: list[tuple[str, str]]
    klass: Ints
    subtype: list[str]
    risk: Ints
    minimum: Ints
    term: Ints
    min_age: Ints
    max_age: Ints
    city: Ints
    private: Bools
    fee: Ints
    listed: Ints
    withdrawn: Ints
    popularity: Floats
    factors: Floats

    def of(self, klass: str, *subtypes: str) -> Ints:
        """Numbers of the products of a class (and of some subtypes of it)."""
        wanted = self.klass == CLASS[klass]
        return np.flatnonzero(wanted & np.array([not subtypes or one in subtypes for one in self.subtype]))

    def table(self, plan: Plan, day: int) -> pa.Table:
        """The standard table as delivered on day number ``day``: products listed until then."""
        regions = [CITIES[city][0] if city >= 0 else None for city in self.city]
        data = pa.table(
            {
                "product_id": self.ids,
                "name_zh": [zh for zh, _ in self.names],
                "name_en": [en for _, en in self.names],
                "product_class": CLASS.texts(self.klass).cast(pa.string()),
                "subtype": self.subtype,
                "risk_level": self.risk,
                "min_amount_yuan": yuan(self.minimum),
                "term_days": blank(pa.array(self.term), self.term == 0),
                "currency": ["CNY"] * len(self.ids),
                "min_age": self.min_age,
                "max_age": self.max_age,
                "region": pa.array(regions, pa.string()),
                "private_placement": self.private,
                "fee_bp": self.fee,
                "listed_on": plan.dates(self.listed),
                "withdrawn_on": plan.dates(self.withdrawn, self.withdrawn > day),
            }
        )
        return data.filter(pa.array(self.listed <= day))


def shelf(plan: Plan) -> Shelf:
    """Draw the shelf of one bank."""
    chance = plan.chance(0, "shelf")
    lines = [line for line in LINES for _ in range(line.count)]
    turn = [number for line in LINES for number in range(line.count)]
    size = len(lines)
    listed, withdrawn = _lives(plan, chance, turn)
    city = np.where(chance.random(size) < plan.share("regional_product_percent"), chance.integers(0, 21, size), -1)
    for number, line in enumerate(lines):
        if turn[number] == 0 or line.klass in ("loan", "card", "service"):
            listed[number], withdrawn[number], city[number] = -1000, NEVER, -1
    return Shelf(
        ids=[f"{line.klass[:3].upper()}{number:04d}" for number, line in enumerate(lines)],
        names=[(f"{line.zh}{k + 1:02d}号", f"{line.en} {k + 1:02d}") for line, k in zip(lines, turn, strict=True)],
        klass=np.array([CLASS[line.klass] for line in lines]),
        subtype=[line.subtype for line in lines],
        risk=_cycle(lines, turn, "risks"),
        minimum=_cycle(lines, turn, "minimums") * 100,
        term=_cycle(lines, turn, "terms"),
        min_age=np.array([line.ages[0] for line in lines]),
        max_age=np.array([line.ages[1] for line in lines]),
        city=city,
        private=np.array([line.private for line in lines]),
        fee=chance.integers(0, 150, size),
        listed=listed,
        withdrawn=withdrawn,
        popularity=chance.normal(0, 0.7, size),
        factors=_factors(chance, lines),
    )


def _cycle(lines: list[Line], turn: list[int], field: str) -> Ints:
    choices = [getattr(line, field) for line in lines]
    return np.array([some[k % len(some)] for some, k in zip(choices, turn, strict=True)], np.int64)


def _lives(plan: Plan, chance: np.random.Generator, turn: list[int]) -> tuple[Ints, Ints]:
    """Most products stand all the time; some are new within the period, some are withdrawn."""
    size = len(turn)
    listed = np.where(
        chance.random(size) < plan.share("new_product_percent"),
        chance.integers(0, max(1, plan.days - 60), size),
        -chance.integers(100, 1500, size),
    )
    gone = chance.random(size) < plan.share("withdrawn_product_percent")
    withdrawn = np.where(gone, np.maximum(listed, 0) + chance.integers(30, plan.days + 30, size), NEVER)
    return listed.astype(np.int64), withdrawn.astype(np.int64)


def _factors(chance: np.random.Generator, lines: list[Line]) -> Floats:
    """Products of one kind are alike; a product keeps a part of its own."""
    kinds = sorted({(line.klass, line.subtype) for line in lines})
    centre = chance.normal(0, 0.8, (len(kinds), FACTORS))
    own = chance.normal(0, 0.45, (len(lines), FACTORS))
    return centre[[kinds.index((line.klass, line.subtype)) for line in lines]] + own
