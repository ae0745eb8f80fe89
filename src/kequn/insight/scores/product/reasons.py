"""Why a product is recommended: the largest contribution to its score, in words of both languages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from kequn.insight.scores.product.shelf import Bools, Floats, Ints, Shelf, Singles
from kequn.insight.scores.product.signs import Interests

# Reasons without another product, by number; then four blocks with one reason for each product of the shelf.
EVERYONE, LIKE_YOU, COLD, NEW, WEEK_ONCE, WEEK_TWICE, WEEK_OFTEN, LOOKED, UNFINISHED, AGAIN, BEFORE = range(11)
PLAIN = (
    ("大众热门产品", "popular with all customers"),
    ("受与您相似的客户欢迎", "popular with customers like you"),
    (
        "对您的偏好了解尚少，先推荐相似客户常选的产品",
        "we know little of your choices yet: often taken by customers like you",
    ),
    ("新上架产品，持有者还少，按同类产品推荐", "new on the shelf with few holders yet: judged by products of its kind"),
    ("本周浏览过1次", "viewed once this week"),
    ("本周浏览过2次", "viewed twice this week"),
    ("本周多次浏览", "viewed several times this week"),
    ("近期浏览过", "viewed recently"),
    ("近期购买未完成", "a purchase was begun and not finished"),
    ("已持有，同类客户常再次购买", "held already, and often taken again"),
    ("曾购买过", "taken before"),
)
DUE, HOLDERS, TAKERS, LOOKERS = range(4)
ABOUT = (
    ("您持有的{zh}即将到期", "your {en} is about to mature"),
    ("与您一样持有{zh}的客户也持有", "held by customers like you who hold {en}"),
    ("与您一样买过{zh}的客户也持有", "held by customers like you who took {en} before"),
    ("与您一样关注{zh}的客户也持有", "held by customers like you who looked at {en}"),
)
# By the kind of sign, in the order of signs.KINDS.
OWN_OF = np.array([AGAIN, AGAIN, BEFORE, BEFORE, UNFINISHED, UNFINISHED, LOOKED])
BLOCK_OF = np.array([HOLDERS, HOLDERS, TAKERS, TAKERS, LOOKERS, LOOKERS, LOOKERS])


@dataclass(frozen=True)
class Reasons:
    """The reasons that a shelf makes possible, numbered, so that texts are taken and never built row by row."""

    shelf: Shelf

    @cached_property
    def texts(self) -> tuple[pa.Array, pa.Array]:
        """All reasons in Chinese and in English, by number."""
        zh, en = ([pair[side] for pair in PLAIN] for side in (0, 1))
        for zh_text, en_text in ABOUT:
            zh += [zh_text.format(zh=name) for name in self.shelf.zh]
            en += [en_text.format(en=name) for name in self.shelf.en]
        return pa.array(zh, pa.string()), pa.array(en, pa.string())

    def about(self, block: Ints | int, item: Ints) -> Ints:
        """Numbers of the reasons of a block about other products."""
        return len(PLAIN) + block * len(self.shelf) + item


@dataclass(frozen=True)
class Weighing:
    """What speaks for each pick, as parts of the logarithm of its chance.

    ``by_signs`` is products x products centred within each class, ``usual`` the weight that a sign for a
    product has with the average customer, ``popular`` what popularity brings a product within its class, ``few``
    products with few holders.
    """

    reasons: Reasons
    by_signs: Singles
    usual: Singles
    popular: Floats
    few: Bools

    def of(self, picks: Ints, seen: Interests, due: Floats, refused: Bools) -> Ints:
        """Numbers of the reasons of ``picks`` (customers x places, places of products); ``due`` is customers x classes.

        The largest of: a holding of the class that runs out, one sign of the customer, popularity.
        """
        gain, sign = self._strongest(picks, seen)
        popular = np.maximum(self.popular[picks], 0)
        found = np.full(picks.shape, LIKE_YOU)
        cold = np.diff(np.searchsorted(seen.row, np.arange(seen.customers + 1))) == 0
        found[cold] = COLD
        found[self.few[picks]] = NEW
        signed = gain > popular
        found[signed] = self._in_words(picks[signed], sign[signed], seen)
        runs_out = np.take_along_axis(due, self.reasons.shelf.class_of[picks], axis=1)
        self._run_out(found, picks, seen, runs_out > np.maximum(np.maximum(gain, popular), 0))
        found[refused] = EVERYONE
        return found

    def _strongest(self, picks: Ints, seen: Interests) -> tuple[Singles, Ints]:
        """The largest contribution of one sign to each pick, and which entry of ``seen`` it is."""
        gain = np.zeros(picks.shape, np.float32)
        sign = np.full(picks.shape, -1)
        ends = np.searchsorted(seen.row, np.arange(seen.customers + 1))
        length = np.diff(ends)
        for turn in range(int(length.max(initial=0))):
            rows = np.flatnonzero(length > turn)
            entry = ends[rows] + turn
            beyond = seen.weight[entry] - self.usual[seen.item[entry]]
            brings = beyond[:, None] * self.by_signs[seen.item[entry, None], picks[rows]]
            better = brings > gain[rows]
            gain[rows] = np.where(better, brings, gain[rows])
            sign[rows] = np.where(better, entry[:, None], sign[rows])
        return gain, sign

    def _in_words(self, item: Ints, sign: Ints, seen: Interests) -> Ints:
        kind, other, views = seen.kind[sign], seen.item[sign], seen.week_views[sign]
        own = OWN_OF[kind]
        own = np.where((own == LOOKED) & (views > 0), WEEK_ONCE + np.minimum(views, 3) - 1, own)
        return np.where(other == item, own, self.reasons.about(BLOCK_OF[kind], other))

    def _run_out(self, found: Ints, picks: Ints, seen: Interests, chosen: Bools) -> None:
        """Name the holding of the pick's class that runs out, the first by code."""
        if not chosen.any():
            return
        shelf = self.reasons.shelf
        names = np.full((seen.customers, len(shelf.classes)), -1)
        ends = np.flatnonzero(seen.matures)[::-1]
        names[seen.row[ends], shelf.class_of[seen.item[ends]]] = seen.item[ends]
        named = np.take_along_axis(names, shelf.class_of[picks], axis=1)
        chosen = chosen & (named >= 0)
        found[chosen] = self.reasons.about(DUE, named[chosen])


def centred(by_signs: Singles, shelf: Shelf) -> Singles:
    """Columns without the mean of their class: what a sign says for this product rather than for its like."""
    sizes = np.diff(np.append(shelf.starts, len(shelf)))
    means = np.add.reduceat(by_signs.astype(np.float64), shelf.starts, axis=1) / sizes
    return (by_signs - means[:, shelf.class_of]).astype(np.float32)
