"""Words that made-up people, places and companies are named with."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kequn.sandbox.plan import Ints

SURNAMES = pa.array(list("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余叶程魏苏"))
GIVEN = pa.array(
    list("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲红建国海波宁欣怡嘉俊宇浩然子轩雨涵思远志华晓梅春生")
)
CITIES = (
    ("440100", "广州", "Guangzhou"), ("440200", "韶关", "Shaoguan"), ("440300", "深圳", "Shenzhen"),
    ("440400", "珠海", "Zhuhai"), ("440500", "汕头", "Shantou"), ("440600", "佛山", "Foshan"),
    ("440700", "江门", "Jiangmen"), ("440800", "湛江", "Zhanjiang"), ("440900", "茂名", "Maoming"),
    ("441200", "肇庆", "Zhaoqing"), ("441300", "惠州", "Huizhou"), ("441400", "梅州", "Meizhou"),
    ("441500", "汕尾", "Shanwei"), ("441600", "河源", "Heyuan"), ("441700", "阳江", "Yangjiang"),
    ("441800", "清远", "Qingyuan"), ("441900", "东莞", "Dongguan"), ("442000", "中山", "Zhongshan"),
    ("445100", "潮州", "Chaozhou"), ("445200", "揭阳", "Jieyang"), ("445300", "云浮", "Yunfu"),
)  # fmt: skip
CITY_WEIGHT = (18, 3, 16, 3, 5, 9, 4, 6, 5, 4, 6, 4, 2, 3, 2, 4, 10, 4, 2, 5, 2)
PLACES = (
    "青榕",
    "白帆",
    "云桥",
    "星港",
    "南湾",
    "月塘",
    "翠坡",
    "金沙里",
    "红棉",
    "听涛",
    "远岸",
    "松风",
    "荔园",
    "鹭洲",
)
TRADES = (
    "电子",
    "纺织",
    "陶瓷",
    "物流",
    "机械",
    "食品",
    "家具",
    "软件",
    "医药",
    "建材",
    "玩具",
    "灯饰",
    "水产",
    "印刷",
)
OCCUPATIONS = ("worker", "clerk", "professional", "teacher", "civil_servant", "self_employed", "manager", "farmer",
               "student", "retired", "none")  # fmt: skip
EDUCATION = ("primary", "middle", "high", "college", "bachelor", "master")
MARITAL = ("single", "married", "divorced", "widowed")


def person_names(chance: np.random.Generator, count: int) -> pa.Array:
    """Chinese names: one surname and one or two characters."""
    surname = SURNAMES.take(pa.array(_skewed(chance, count, len(SURNAMES))))
    first = GIVEN.take(pa.array(chance.integers(0, len(GIVEN), count)))
    second = GIVEN.take(pa.array(chance.integers(0, len(GIVEN), count), mask=chance.random(count) < 0.25))
    return pc.binary_join_element_wise(surname, first, pc.fill_null(second, ""), "")


def company_names(chance: np.random.Generator, count: int, ending: str) -> list[str]:
    """Made-up companies: a place, a trade, a number that no two share, and an ending."""
    places, trades = chance.integers(0, len(PLACES), count), chance.integers(0, len(TRADES), count)
    return [
        f"{PLACES[p]}{TRADES[t]}{number:04d}{ending}" for number, (p, t) in enumerate(zip(places, trades, strict=True))
    ]


def _skewed(chance: np.random.Generator, count: int, size: int) -> Ints:
    weight = 1 / (np.arange(size) + 6)
    return chance.choice(size, count, p=weight / weight.sum())
