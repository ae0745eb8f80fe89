"""Links from what is shown of a customer to the page that defines it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kequn.engage.language import say
from kequn.engage.orgs.guard import roles_of

register = template.Library()


@register.simple_tag(takes_context=True)
def defined(context: dict[str, Any], view: str, name: Any, label: Any) -> SafeString:
    """``label``, linked to the page ``view`` about ``name`` where there is one that the person may open."""
    address = _address(view, name)
    user = context["request"].user
    if address and user.duty in roles_of(resolve(address).func):
        return format_html('<a class="defined" href="{}">{}</a>', address, label)
    return format_html("{}", label)


@register.simple_tag
def pick_pair(words: Mapping[str, tuple[str, str]], code: str) -> str:
    """The label of a code from a mapping of labels (zh, en)."""
    return say(*words.get(code, (code, code)))


def _address(view: str, name: Any) -> str:
    if not name:
        return ""
    try:
        return reverse(view, args=[name])
    except NoReverseMatch:
        return ""
