"""The button of a list that leaves the house as a file."""

from __future__ import annotations

from typing import Any

from django import template

from kequn.engage.audit.export import PURPOSE_LEAST, PURPOSE_MOST, kept, rows_most, too_many

register = template.Library()


@register.inclusion_tag("audit/export_button.html", takes_context=True)
def export_button(context: dict[str, Any], total: int) -> dict[str, Any]:
    """A button that opens a small form: kind of file and purpose; nothing for whoever may not export."""
    request = context["request"]
    most = rows_most(request.user)
    if not most:
        return {"most": 0}
    form = kept(request)
    return {
        "most": most, "total": total, "address": request.get_full_path(), "form": form, "open": bool(form),
        "excess": too_many(total, most) if total > most else None, "least": PURPOSE_LEAST, "longest": PURPOSE_MOST,
    }  # fmt: skip
