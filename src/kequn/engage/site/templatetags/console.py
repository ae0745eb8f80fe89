"""Template tags of the console: two languages, figures, icons, charts."""

from __future__ import annotations

from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from kequn.engage.language import say as said
from kequn.engage.site import figures
from kequn.engage.site.charts import Chart

register = template.Library()
register.filter("money", figures.money)
register.filter("count", figures.count)
register.filter("percent", figures.percent)
register.filter("day", figures.day)
register.simple_tag(figures.currency, name="currency")


@register.simple_tag
def say(zh: str, en: str, **values: Any) -> SafeString:
    """The text of the page's language; ``{name}`` in it is replaced by ``name=...``, escaped.

    The texts are a template's own words and may hold markup.
    """
    text = said(zh, en)
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(conditional_escape(value)))
    return mark_safe(text)


@register.simple_tag
def pick(row: Any, name: str) -> Any:
    """``<name>_zh`` or ``<name>_en`` of a row or object, by the page's language; a bare ``zh``/``en`` for no name."""
    prefix = f"{name}_" if name else ""
    zh, en = (row.get(f"{prefix}{each}") if isinstance(row, dict) else getattr(row, f"{prefix}{each}", None)
              for each in ("zh", "en"))  # fmt: skip
    return said(zh or en or "", en or zh or "")


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; with ``label`` it speaks, without it is decoration."""
    spoken = format_html(' role="img" aria-label="{}"', label) if label else mark_safe(' aria-hidden="true"')
    return format_html('<svg class="icon"{}><use href="{}#{}"/></svg>', spoken, static("icons.svg"), name)


@register.inclusion_tag("site/change.html")
def change(now: float | None, before: float | None, against: str = "", unit: str = "share") -> dict[str, Any]:
    """How a figure compares: arrow, sign and share, and with what."""
    return {"change": figures.change(now, before), "against": against, "unit": unit}


@register.inclusion_tag("site/chart.html")
def chart(drawn: Chart) -> dict[str, Any]:
    """A chart with its title, and its rows as a table below it."""
    return {"chart": drawn, "id": f"chart-{drawn.name}"}


@register.inclusion_tag("site/help.html")
def help_text(zh: str, en: str, link: str = "") -> dict[str, Any]:
    """A question mark that opens one paragraph."""
    return {"text": said(zh, en), "link": link}


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **values: Any) -> str:
    """The page's own address with some parameters replaced (None removes one), so that every list can be shared."""
    asked = context["request"].GET.copy()
    for name, value in values.items():
        asked.pop(name, None)
        if value is not None:
            asked[name] = value
    return f"?{asked.urlencode()}" if asked else "?"


@register.filter
def cell(value: Any, unit: str) -> str:
    """A number of a chart's table in the chart's unit; texts stay."""
    if isinstance(value, str) or value is None:
        return value or "–"
    writers = {"fen": figures.money, "count": figures.count, "share": figures.percent}
    return writers[unit](value) if unit in writers else figures.count(value)
