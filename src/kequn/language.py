"""Two languages: which one is asked for, and texts that carry both."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum

SPLIT = " | "


class Language(StrEnum):
    """Language of what the commands print."""

    ZH = "zh"
    EN = "en"

    def pick(self, zh: str, en: str) -> str:
        """The text of this language."""
        return zh if self is Language.ZH else en


def asked_for(args: Sequence[str]) -> Language:
    """The language of ``--lang`` in ``args``, else of KEQUN_LANG, else Chinese.

    Needed before the arguments are parsed, because help and usage errors speak it too; a wrong word is left to
    the parser.
    """
    asked = os.environ.get("KEQUN_LANG", "")
    for position, argument in enumerate(args):
        if argument == "--lang" and position + 1 < len(args):
            asked = args[position + 1]
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    return Language.EN if asked == Language.EN else Language.ZH


def one_of(both: str, language: Language) -> str:
    """The half of ``zh | en`` in ``language``; a text without two halves is returned whole."""
    zh, split, en = both.partition(SPLIT)
    return language.pick(zh, en) if split else both
