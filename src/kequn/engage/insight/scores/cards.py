"""Models of a workspace as pages read them: each version is opened once, and again only when its files change."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from kequn.errors import KequnError
from kequn.insight.scores import store
from kequn.insight.scores.families import NIGHTLY
from kequn.insight.scores.model import Model
from kequn.insight.scores.store import Version
from kequn.insight.scores.wording import Wording
from kequn.insight.words import Language
from kequn.workspace import Workspace


def champions(workspace: Workspace) -> list[Model]:
    """The sound models that nights use, in the order of a night."""
    found = (champion(workspace, family) for family in NIGHTLY)
    return [model for model in found if model is not None]


def champion(workspace: Workspace, family: str) -> Model | None:
    """The model that nights use; None where there is none, or where it would be refused."""
    try:
        version = store.champion(workspace, family)
        return _model(workspace, family, version, _stamp(workspace, family)) if version else None
    except KequnError:
        return None


def versions(workspace: Workspace, family: str) -> list[Version]:
    """All versions, the newest first; one that would be refused has its fault."""
    return _versions(workspace, family, _stamp(workspace, family))


def wording(model: Model, language: Language) -> Wording:
    """Names of what the card speaks of."""
    return _wording(model.family, model.version, language, model)


def _stamp(workspace: Workspace, family: str) -> tuple[tuple[str, int], ...]:
    files = sorted(path for path in _folder(workspace, family).glob("**/*") if path.is_file())
    return tuple((str(file), file.stat().st_mtime_ns) for file in files)


def _folder(workspace: Workspace, family: str) -> Path:
    return workspace.models / family


@lru_cache(maxsize=32)
def _model(workspace: Workspace, family: str, version: str, stamp: object) -> Model:
    return store.load(workspace, family, version)


@lru_cache(maxsize=32)
def _versions(workspace: Workspace, family: str, stamp: object) -> list[Version]:
    return store.versions(workspace, family)


# What cards name beside tags and features.
NAMES = {
    "other": ("其余客户", "Everybody else"), "raw_qini": ("未校正 Qini", "Raw Qini"),
    "uplift_top": ("前段增量", "Uplift at the top"), "raw_uplift_top": ("前段未校正增量", "Raw uplift at the top"),
    "ndcg_5": ("NDCG@5", "NDCG@5"), "ease": ("协同过滤", "EASE"), "cosine": ("余弦相似", "Cosine"),
    "popularity": ("热门", "Popularity"), "of_popularity": ("相对热门", "Over popularity"),
    "reranked": ("重排后", "Re-ranked"), "rank_correlation": ("秩相关", "Rank correlation"),
    "expected_over_realised": ("预期与实际之比", "Expected over realised"),
    "product_class": ("产品大类", "Product class"),
    "holds_class": ("已持有该大类", "Holds the class"), "own_rate": ("本人历史响应率", "Own past rate"),
    "group_rate": ("同类客户响应率", "Rate of like customers"), "channel": ("渠道", "Channel"),
    "other_contacts": ("其他渠道触达次数", "Contacts by other channels"),
    "other_positives": ("其他渠道响应次数", "Responses by other channels"), "segment": ("客群", "Segment"),
}  # fmt: skip
_WORDINGS: dict[tuple[str, str, Language], Wording] = {}


def _wording(family: str, version: str, language: Language, model: Model) -> Wording:
    """A catalogue is read for it, which takes a while."""
    key = (family, version, language)
    if key not in _WORDINGS:
        if len(_WORDINGS) > 64:
            _WORDINGS.clear()
        known = Wording.of(model.about, language)
        _WORDINGS[key] = Wording(language, {**NAMES, **known.names})
    return _WORDINGS[key]
