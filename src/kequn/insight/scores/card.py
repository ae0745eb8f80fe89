"""The card of a model: what it is for, fitted on what, how good it is and where it ends; as JSON and as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from kequn.insight.scores.figures import Figures
from kequn.insight.scores.model import Model
from kequn.insight.scores.plot import bars, calibration_plot
from kequn.insight.scores.style import CSS
from kequn.insight.scores.wording import Wording
from kequn.insight.words import Language

DRIVERS_SHOWN = 12
HASH_SHOWN = 16
FIELDS = (
    "purpose", "owner", "data", "period", "parameters", "features", "metrics", "calibration", "drivers", "limits",
    "notes",
)  # fmt: skip


def as_dict(model: Model) -> dict[str, Any]:
    """The card in JSON: family, version, and what ``about`` knows (None where it does not)."""
    return {"family": model.family, "version": model.version} | {name: model.about.get(name) for name in FIELDS}


def as_html(model: Model, language: Language) -> str:
    """The card as one page of HTML that needs nothing else: no scripts, no fonts, no pictures from elsewhere."""
    card, wording = as_dict(model), Wording.of(model.about, language)
    figures = Figures(card["metrics"] or {}, wording)
    kind, title, purpose = (
        wording.say("模型卡", "Model card"),
        wording.name(model.family),
        wording.text(card["purpose"]),
    )
    sections = (
        (wording.say("各客群与层级的表现", "Quality by segment and tier"), figures.table()),
        (wording.say("概率与实际是否一致", "Do the probabilities come true"), _calibration(card, wording)),
        (wording.say("主要驱动因素", "What drives the score"), _drivers(card["drivers"], wording)),
        (wording.say("数据与时间", "Data and period"), _facts(card, wording)),
        (wording.say("使用边界", "Limits"), _list(card["limits"], wording)),
        (wording.say("说明", "Notes"), _list(card["notes"], wording)),
    )
    body = "".join(f"<section><h2>{head}</h2>{content}</section>" for head, content in sections if content)
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if language == "zh" else "en"}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} · {kind}</title>'
        f'<style>{CSS}</style></head>\n<body><main>\n<header><p class="kind">{kind}</p><h1>{title}</h1>'
        f'{f"<p>{purpose}</p>" if purpose else ""}<p class="soft">{_origin(card, wording)}</p></header>\n'
        f"{figures.headline()}\n{body}\n</main></body>\n</html>\n"
    )


def _origin(card: Mapping[str, Any], wording: Wording) -> str:
    version = f"{wording.say('版本', 'Version')} <code>{card['version']}</code>"
    owner = wording.text(card["owner"])
    return f"{version} · {wording.say('负责人', 'Owner')} {owner}" if owner else version


def _facts(card: Mapping[str, Any], wording: Wording) -> str:
    data, period = card["data"] or {}, card["period"] or {}
    digest = str(data.get("hash", ""))[:HASH_SHOWN]
    settings = ", ".join(f"{name} {value}" for name, value in sorted((card["parameters"] or {}).items()))
    facts = (
        (wording.say("训练期", "Training"), _range(period.get("train"), wording)),
        (wording.say("验证期", "Validation"), _range(period.get("validate"), wording)),
        (wording.say("数据行数", "Rows"), f"{data['rows']:,}" if "rows" in data else ""),
        (wording.say("特征数", "Features"), f"{len(card['features'])}" if card["features"] else ""),
        (wording.say("数据指纹", "Hash of the data"), f"<code>{escape(digest)}</code>" if digest else ""),
        (wording.say("参数", "Parameters"), f"<code>{escape(settings)}</code>" if settings else ""),
    )
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts if value)
    return f'<dl class="facts">{rows}</dl>' if rows else ""


def _range(ends: Sequence[str] | None, wording: Wording) -> str:
    if not ends:
        return ""
    first, last = escape(str(ends[0])), escape(str(ends[-1]))
    return first if first == last else f"{first} {wording.say('至', 'to')} {last}"


def _calibration(card: Mapping[str, Any], wording: Wording) -> str:
    table = card["calibration"]
    if not table:
        return ""
    plot = calibration_plot(
        table,
        wording.say("预测概率与实际发生比例", "Predicted probability and observed share"),
        wording.say("预测概率", "Predicted"),
        wording.say("实际发生比例", "Observed"),
    )
    rows = f"{table[0]['rows']:,}"
    legend = wording.say(
        f"每个点约 {rows} 位验证期客户，竖线为 95% 区间；点落在虚线上，即概率与实际一致。",
        f"Each dot is about {rows} customers of the validation, its line the 95% interval. On the dashed line,"
        " probabilities come true.",
    )
    return f'{plot}<p class="soft">{legend}</p>'


def _drivers(drivers: Sequence[Mapping[str, Any]] | None, wording: Wording) -> str:
    if not drivers:
        return ""
    legend = wording.say(
        "占全部分裂增益的比例。增益说明模型用到了什么，不说明因果。",
        "Share of the gain of all splits. Gain says what the model uses, not what causes the outcome.",
    )
    rows = [(wording.name(each["name"]), float(each["share"])) for each in drivers[:DRIVERS_SHOWN]]
    return f'<p class="soft">{legend}</p>{bars(rows)}'


def _list(given: object, wording: Wording) -> str:
    """A text, or several, as a list of points."""
    if isinstance(given, Mapping):
        chosen = given.get(wording.language)
        texts = chosen if isinstance(chosen, list) else [chosen]
    else:
        texts = given if isinstance(given, list) else [given]
    items = "".join(f"<li>{wording.text(text)}</li>" for text in texts if text)
    return f'<ul class="plain">{items}</ul>' if items else ""
