"""What answers say about somebody: a share with its uncertainty, and nothing at all while there are too few."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, sqrt

ANSWERS_NEEDED = 10
"""Below this no share is told: with nine answers the interval is wider than half the scale."""
Z_95 = 1.959963984540054
"""The two-sided 95 % point of the normal distribution."""


def wilson_interval(right: int, n: int, z: float = Z_95) -> tuple[float, float]:
    """The score interval of a share of `right` out of `n` answers (n ≥ 1), both bounds between 0 and 1.

    Source: E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, Journal of the American
    Statistical Association 22:209-212; recommended for small n by R. G. Newcombe (1998), Statistics in Medicine 17:857-872.
    """
    share, z2 = right / n, z * z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of right answers in whole percent: the share itself, and between which bounds it lies (95 %)."""

    percent: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known about one domain or region: right answers out of all, and an estimate once there are enough."""

    slug: str
    right: int
    answers: int

    @property
    def estimate(self) -> Estimate | None:
        """The share with its bounds; None below ten answers."""
        return estimate(self.right, self.answers)

    @property
    def words(self) -> str:
        """The same in a sentence."""
        found = self.estimate
        if found is None:
            return f"Not enough answers yet: {self.answers} of {ANSWERS_NEEDED}."
        return (
            f"{self.right} of {self.answers} answers right, {found.percent} %. "
            f"With this many answers the true share may lie anywhere between {found.low} % and {found.high} %."
        )


def estimate(right: int, answers: int) -> Estimate | None:
    """The estimate of a share, its bounds rounded outward so that they promise no more than is known; None below ten."""
    if answers < ANSWERS_NEEDED:
        return None
    low, high = wilson_interval(right, answers)
    return Estimate(right * 100 // answers, floor(low * 100), ceil(high * 100))
