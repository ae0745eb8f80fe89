"""Who is spared by chance: the universal control group and each campaign's holdout, for a batch of customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Draws:
    """``universal`` has a flag a customer, ``campaigns`` a row a campaign; true is spared."""

    universal: NDArray[np.bool_]
    campaigns: NDArray[np.bool_]
