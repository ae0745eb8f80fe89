"""The language of the request that is being answered."""

from __future__ import annotations

from django.utils.functional import lazy
from django.utils.translation import get_language

from kequn.language import Language


def spoken() -> Language:
    """The language of the page."""
    return Language.EN if (get_language() or "").startswith("en") else Language.ZH


def say(zh: str, en: str) -> str:
    """The text of the page's language."""
    return spoken().pick(zh, en)


# For labels of forms and models, which are made before a request comes.
lazily = lazy(say, str)
