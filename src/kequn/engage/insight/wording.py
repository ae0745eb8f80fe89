"""Names of what pages speak of: tags and their codes, tiers, segments, rules as sentences."""

from __future__ import annotations

import re
from typing import Any

from kequn.engage.language import say
from kequn.engage.site import figures
from kequn.insight.catalogue import Catalogue, Prospect, Tag

DIMENSIONS = {
    "profile": ("基本信息", "Profile"), "asset": ("资产", "Assets"), "product": ("产品", "Products"),
    "income": ("收入", "Income"), "spending": ("消费", "Spending"), "loan": ("贷款", "Loans"),
    "card": ("银行卡", "Cards"), "app": ("掌银行为", "App use"), "activity": ("活跃", "Activity"),
    "merchant": ("商户", "Merchants"), "relation": ("关系", "Relations"), "contact": ("触达", "Contacts"),
    "risk": ("风险与授权", "Risk and consent"), "outside": ("行外", "Outside"),
    "lifecycle": ("客户旅程", "Journey"), "tier": ("层级", "Tier"), "segment": ("客群", "Segments"),
}  # fmt: skip
SENSITIVITIES = {"public": ("公开", "Public"), "internal": ("内部", "Internal"), "sensitive": ("敏感", "Sensitive")}
UNITS = {
    "fen": ("金额", "Money"), "days": ("天", "Days"), "months": ("月", "Months"), "share": ("占比", "Share"),
    "percent": ("百分比", "Percent"), "count": ("个数", "Count"), "code": ("代码", "Code"), "date": ("日期", "Date"),
    "flag": ("是/否", "Yes or no"), "level": ("等级", "Level"), "text": ("文本", "Text"),
}  # fmt: skip
TYPES = {
    "BIGINT": ("整数", "Whole number"), "DOUBLE": ("小数", "Decimal"), "BOOLEAN": ("是/否", "Yes or no"),
    "VARCHAR": ("文字", "Text"), "DATE": ("日期", "Date"),
}  # fmt: skip
FEN = 100
# Words of the rule language in Chinese; what is compared stays.
OPERATORS = {
    "and": "且", "or": "或", "not": "非", "is": "", "in": "属于", "between": "介于", "like": "形如", "null": "为空",
    "not_null": "不为空",
    "true": "是", "false": "否",
}  # fmt: skip
ENGLISH = {"not_null": "is not empty"}
SIGNS = {">=": "≥", "<=": "≤", "<>": "≠", "!=": "≠"}
WORD = re.compile(r"'[^']*'|>=|<=|<>|!=|[A-Za-z_]\w*|\d+|\S|\s+")
YUAN = re.compile(r"yuan\(\s*([\d.]+)\s*\)")
NOT_EMPTY = re.compile(r"\bis\s+not\s+null\b", re.IGNORECASE)
SETTING_NAMED = re.compile(r" ?[（(][a-z_]+\.[a-z_0-9]+[)）]")
SETTING = re.compile(r"setting\('([a-z_0-9.]+)'\)")


def label(thing: Tag | Prospect | Any) -> str:
    """What a tag, segment or rule is called."""
    return say(thing.zh, thing.en)


def named(definitions: Catalogue, name: str) -> str:
    """What the tag, segment or rule of a name is called; the name itself where nobody defines it."""
    tag = definitions.tags.get(name) or definitions.prospects.get(name)
    return say(tag.zh, tag.en) if tag else name


def code(definitions: Catalogue, tag: str, value: Any) -> str:
    """The label of a code of a tag."""
    found = definitions.tags[tag].values.get(str(value)) if tag in definitions.tags else None
    return say(*found) if found else "–" if value is None else str(value)


def tiers(definitions: Catalogue) -> list[str]:
    """The codes of the ladder, lowest first."""
    return list(definitions.tags["tier"].values)


def codes(definitions: Catalogue, tag: str) -> list[tuple[str, str]]:
    """Codes and labels of a tag, for a choice."""
    return [(each, say(*both)) for each, both in definitions.tags[tag].values.items()]


def sentence(rule: str, definitions: Catalogue, settings: Any) -> str:
    """A rule with the names of tags and codes in the page's language, and thresholds as figures."""
    rule = SETTING.sub(lambda found: str(settings[found[1]]), rule)
    rule = YUAN.sub(lambda found: _amount(float(found[1])), rule)
    rule = NOT_EMPTY.sub("not_null", rule)
    labels = {code: both for tag in definitions.tags.values() for code, both in tag.values.items()}
    words = [_word(word, definitions, labels) for word in WORD.findall(rule)]
    return re.sub(r"\s+", " ", "".join(words)).strip()


def _word(word: str, definitions: Catalogue, labels: dict[str, tuple[str, str]]) -> str:
    if word.startswith("'"):
        return say(*labels.get(word[1:-1], (word[1:-1],) * 2))
    if word.lower() in definitions.tags:
        return say(f"「{label(definitions.tags[word.lower()])}」", label(definitions.tags[word.lower()]))
    return SIGNS.get(word) or say(OPERATORS.get(word.lower(), word), ENGLISH.get(word, word))


def _amount(yuan: float) -> str:
    """An amount between quotes, so that its words are left alone."""
    return f"'{round_money(round(yuan * FEN))}{say('元', ' yuan')}'"


def round_money(fen: int) -> str:
    """An amount without the zeros at its end."""
    text = figures.money(fen)
    digits = text.rstrip("万亿KMB")
    return digits.rstrip("0").rstrip(".") + text[len(digits) :] if "." in digits else text


def plain(text: str) -> str:
    """A text without the names of settings that it gives in brackets."""
    return SETTING_NAMED.sub("", text)


def value(tag: Tag, found: Any) -> str:
    """A value of a tag as people read it."""
    if isinstance(found, float) and tag.type == "BIGINT":
        found = round(found)
    return figures.tag(found, tag.unit, tag.values)
