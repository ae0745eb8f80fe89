"""Every field of the documents in a bank's words: what it is called, what it means, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kequn.decisions.policy.rules import EXEMPTIBLE
from kequn.decisions.policy.terms import SIGNALS, WEEKDAYS
from kequn.engage.language import say
from kequn.engage.plan.models import Change
from kequn.engage.site import figures
from kequn.engage.site.words import CHANNELS, SIGNAL_NAMES
from kequn.insight.scores.words import CLASSES
from kequn.insight.tiers.moves import TIERS

Kind = Literal["whole", "share", "fen", "flag", "clock", "many", "texts", "choice", "caps"]
Choices = Mapping[str, tuple[str, str]]

DAYS: Choices = dict(zip(WEEKDAYS, (
    ("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"), ("周四", "Thursday"), ("周五", "Friday"),
    ("周六", "Saturday"), ("周日", "Sunday")), strict=True))  # fmt: skip
TIER_NAMES: Choices = dict(zip(TIERS, (
    ("大众", "Mass"), ("潜力", "Potential"), ("贵宾金", "Gold"), ("贵宾白金", "Platinum"), ("贵宾钻石", "Diamond"),
    ("私行", "Private")), strict=True))  # fmt: skip
SCOPES: Choices = {
    "nothing": ("不排除", "Excludes from nothing"), "marketing": ("不做营销", "No marketing"),
    "everything": ("不做任何触达", "No contact at all"),
}  # fmt: skip
EXEMPT: Choices = {
    "caps": ("触达上限", "Contact limits"), "complained": ("投诉后静默", "Silence after a complaint"),
    "opted_out": ("已退订", "Opt-out"), "quiet_day": ("静默日", "Quiet days"),
    "personalisation_refused": ("拒绝个性化营销", "Refusal of personalised marketing"),
    "universal_control": ("全局对照组", "Universal control group"),
    "campaign_holdout": ("活动对照组", "Campaign's holdout"), "refused_offer": ("拒绝后静默",
      "Silence after a refusal"),
    "holiday": ("节假日外呼", "Calls on holidays"),
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field under its ``name`` (dots lead inwards); ``unit`` follows the number."""

    name: str
    kind: Kind
    label: tuple[str, str]
    meaning: tuple[str, str] = ("", "")
    unit: tuple[str, str] = ("", "")
    choices: Choices | None = None

    def said(self, value: Any) -> str:
        """The value in words of the page's language."""
        if value is None:
            return say("不限", "no limit")
        if self.kind == "share":
            return figures.percent(value)
        if self.kind == "flag":
            return say("是", "yes") if value else say("否", "no")
        if self.kind == "caps":
            return say("；", "; ").join(cap(each) for each in value) or say("无", "none")
        if isinstance(value, list):
            return say("、", ", ").join(self._one(each) for each in value) or say("无", "none")
        return " ".join(part for part in (self._one(value), say(*self.unit)) if part)

    def _one(self, value: Any) -> str:
        if self.choices and value in self.choices:
            return say(*self.choices[value])
        main, _, part = str(value).partition("/")
        if self.kind == "texts" and main in CLASSES:
            return say(*CLASSES[main]) + (f"/{part}" if part else "")
        return f"{value:,}" if isinstance(value, int) else str(value)


@dataclass(frozen=True)
class Section:
    """Fields that belong together."""

    label: tuple[str, str]
    fields: tuple[Field, ...]
    meaning: tuple[str, str] = ("", "")


def channels_of(value: Mapping[str, Any]) -> str:
    """The channels that a cap counts."""
    named = [say(*CHANNELS[name]) for name in value.get("channels") or [] if name in CHANNELS]
    return say("、", ", ").join(named) or say("全部渠道", "all channels")


def cap(value: Mapping[str, Any]) -> str:
    """A cap in words: over which channels at most how many contacts in how many days."""
    over, limit, days = channels_of(value), value.get("limit"), value.get("days")
    return say(f"{over} {days} 天内最多 {limit} 次", f"{over}: at most {limit} in {days} days")


def sections(kind: str, values: Mapping[str, Any]) -> tuple[Section, ...]:
    """All fields of a document by section."""
    return POLICY if kind == Change.Kind.POLICY else capacity_sections(values)


def value_of(values: Mapping[str, Any], name: str) -> Any:
    """The value of a field, None where the document lacks it."""
    found: Any = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


POLICY: tuple[Section, ...] = (
    Section(
        ("触达上限", "Contact limits"),
        (
            Field("contacts_per_night", "whole", ("每晚每位客户最多", "A customer gets at most"),
                  ("一晚的计划里，一位客户最多得到这么多次触达。", "So many contacts out of one night's plan."),
                  ("次触达", "contacts a night")),
            Field("caps", "caps", ("滚动窗口内的上限", "Limits in rolling windows"),
                  ("跨活动、跨部门合计，只数营销触达，含计划当天。不选渠道表示全部渠道合计。",
                   "Over all campaigns and departments, marketing contacts only, the planned day included. "
                   "No channel chosen: over all channels.")),
        ),
    ),
    Section(
        ("静默时间", "Quiet times"),
        (
            Field("quiet_hours.from", "clock", ("每天从", "Quiet from"), ("客户当地时间，此后不发送。",
              "Local time; nothing is sent after it.")),
            Field("quiet_hours.to", "clock", ("到", "Until"), ("此后恢复发送。", "Sending begins again.")),
            Field("quiet_days.dates", "texts", ("不做营销的日期", "Dates without marketing"),
                  ("如 2026-02-17，多个用逗号分开。", "As 2026-02-17; several with commas.")),
            Field("quiet_days.weekdays", "many", ("不做营销的星期", "Weekdays without marketing"), choices=DAYS),
            Field("calls.channels", "many", ("算作外呼的渠道", "Channels that count as calls"), choices=CHANNELS),
            Field("calls.on_public_holidays", "flag", ("法定节假日可以外呼", "Calls may be made on public holidays")),
        ),
    ),
    Section(
        ("拒绝与投诉之后", "After refusals and complaints"),
        (
            Field("silence.refused_days", "whole", ("拒绝后静默", "A refusal silences that offer for"),
                  ("客户拒绝某个产品或权益后，这么多天内不再提它。", "So long it is not offered again."), ("天",
                    "days")),
            Field("silence.complained_days", "whole", ("投诉后静默", "A complaint silences everything for"),
                  ("客户投诉后，这么多天内不做任何营销。退订永久有效，不在此列。",
                   "So long there is no marketing. An opt-out is for ever and stands in no field."), ("天", "days")),
        ),
    ),
    Section(
        ("风险信号", "Risk signals"),
        tuple(Field(f"risk_signals.{name}", "choice", SIGNAL_NAMES[name], choices=SCOPES) for name in SIGNALS),
        ("由重到轻排列，较重的信号不能比较轻的排除得少。", "Gravest first; a graver one may not exclude from less."),
    ),
    Section(
        ("适当性与产品", "Suitability and products"),
        (
            Field("assessment_valid_months", "whole", ("风险测评有效期", "A risk assessment is valid for"),
                  ("过期视同未测评，不推荐有风险的产品。", "An older one counts as none."), ("个月", "months")),
            Field("private.tiers", "many", ("可推荐私募产品的层级", "Tiers that may hear of private products"),
              choices=TIER_NAMES),
            Field("private.channels", "many", ("可推荐私募产品的渠道", "Channels that may speak of them"),
              choices=CHANNELS),
            Field("held_once", "texts", ("持有后不再推荐", "Not offered to who holds it"),
                  ("产品大类，或“大类/小类”，逗号分开。", "Product classes, or class/subtype, with commas.")),
            Field("funded", "texts", ("起购金额须在金融资产之内", "Smallest amount must be within AUM"),
                  ("产品大类，逗号分开。", "Product classes, with commas.")),
        ),
    ),
    Section(
        ("对照组", "Control group"),
        (
            Field("universal_control_share", "share", ("全局对照组", "Universal control group"),
                  ("这部分客户不接受任何营销，用来衡量全部营销的真实效果。",
                   "So many customers no marketing reaches, to see what all of it changes."), ("%", "%")),
        ),
    ),
    Section(
        ("服务类消息", "Service messages"),
        (
            Field("service_exempt", "many", ("对服务类消息不适用的规则", "Rules that do not hold for them"),
                  ("到期提醒、欺诈提醒不是营销。适当性与授权始终适用。",
                   "Maturity notices and fraud alerts are not marketing. Suitability and consent always hold."),
                  choices={name: EXEMPT.get(name, (name, name)) for name in EXEMPTIBLE}),
        ),
    ),
)  # fmt: skip


def capacity_sections(values: Mapping[str, Any]) -> tuple[Section, ...]:
    """Fields of a capacity: each channel, leads, each department's floor."""
    channels = tuple(
        Section(
            (told["zh"], told["en"]),
            (
                Field(f"channels.{name}.contacts", "whole", ("每天最多", "A day at most"),
                  ("留空表示不限，0 表示停用。", "Empty: no limit; 0 closes the channel."),
                      (told["unit_zh"], f"{told['unit_en']}s")),
                Field(f"channels.{name}.cost_fen", "fen", ("每次成本", "Cost of one"), unit=("分", "fen")),
                Field(f"channels.{name}.from_hour", "whole", ("从", "From"), unit=("点", "o'clock")),
                Field(f"channels.{name}.until_hour", "whole", ("到", "Until"), unit=("点", "o'clock")),
            ),
        )
        for name, told in values["channels"].items()
    )  # fmt: skip
    floors = tuple(
        Field(f"departments.{name}.floor", "share", (told["zh"], told["en"]), unit=("%", "%"))
        for name, told in values["departments"].items()
    )
    return (
        *channels,
        Section(
            ("商机", "Leads"),
            (
                Field("rm_leads", "whole", ("每位客户经理每天最多", "Of one RM a day at most"), unit=("条", "leads")),
                Field("branch_leads", "whole", ("每家支行每天最多", "Of one branch a day at most"), unit=("条",
                  "leads")),
            ),
        ),
        Section(
            ("部门保底", "Floors of departments"),
            (*floors, Field("floor_price_fen", "fen", ("为保底每次最多让出", "A missing contact may cost at most"),
              unit=("分", "fen"))),
            ("占全部计划营销触达的份额，合计不超过 100%。",
              "Shares of all planned marketing contacts, 100% at most together."),
        ),
    )  # fmt: skip


def differences(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Fields whose values differ, in words: section, label, meaning, old and new."""
    return [
        {
            "section": say(*section.label), "label": say(*field.label), "name": field.name,
            "old": field.said(value_of(old, field.name)), "new": field.said(value_of(new, field.name)),
        }
        for section in sections(kind, new)
        for field in section.fields
        if value_of(old, field.name) != value_of(new, field.name)
    ]  # fmt: skip
