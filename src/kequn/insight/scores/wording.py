"""One language of a model card: texts given in both, and names of tags, segments, tiers and models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from kequn.insight.catalogue import catalogue
from kequn.insight.words import Language

SPLIT = " | "
FAMILIES: Mapping[str, tuple[str, str]] = {
    "attrition": ("流失预警", "Attrition warning"),
    "product": ("产品推荐", "Product recommendation"),
    "channel": ("渠道偏好", "Channel preference"),
    "value": ("价值预估", "Value of an offer"),
    "uplift": ("增量模型", "Uplift"),
}


@dataclass(frozen=True)
class Wording:
    """Texts in ``language``; ``names`` gives (zh, en) of whatever a card names."""

    language: Language
    names: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, about: Mapping[str, Any], language: Language) -> Wording:
        """Names of the catalogue, then those of the model's own features and ``about["names"]`` ({name: [zh, en]})."""
        known = catalogue()
        names = {name: (each.zh, each.en) for name, each in known.tags.items()}
        names |= {**known.tags["tier"].values, **FAMILIES}
        features = (each for each in about.get("features") or [] if isinstance(each, Mapping) and "zh" in each)
        names |= {each["name"]: (each["zh"], each["en"]) for each in features}
        names |= {name: (both[0], both[1]) for name, both in (about.get("names") or {}).items()}
        return cls(language, names)

    def say(self, zh: str, en: str) -> str:
        """The text of this language, safe in HTML."""
        return escape(zh if self.language == "zh" else en)

    def name(self, name: str) -> str:
        """What a tag, segment, tier or family is called; its code where nothing is known."""
        return self.say(*self.names.get(name, (name, name)))

    def text(self, given: object) -> str:
        """A text given as ``{zh, en}``, as ``zh | en``, or as it is; nothing for None."""
        if given is None:
            return ""
        if isinstance(given, Mapping):
            return self.say(str(given.get("zh", "")), str(given.get("en", "")))
        zh, split, en = str(given).partition(SPLIT)
        return self.say(zh, en if split else zh)
