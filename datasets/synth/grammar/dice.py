"""Random choices that a seed fixes, whatever else is drawn before or after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A stream of choices. The same seeds give the same choices, on every machine."""

    def __init__(self, *seeds: int | str) -> None:
        self._seed = "/".join(map(str, seeds))
        self._random = Random(self._seed)

    def branch(self, name: str) -> Dice:
        """Return a stream of its own, which draws the same whatever this one has drawn."""
        return Dice(self._seed, name)

    def maybe(self, share: float) -> bool:
        """Return True in that share of cases."""
        return self._random.random() < share

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return self._random.randint(low, high)

    def real(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        return self._random.uniform(low, high)

    def spread(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`, small ones as likely as large ones tenfold."""
        return float(low * (high / low) ** self._random.random())

    def pick(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self._random.randrange(len(options))]

    def weigh(self, options: Mapping[T, float]) -> T:
        """Return one of the options, each as often as its weight says."""
        return self._random.choices(list(options), list(options.values()))[0]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Return `count` different options (all, where there are fewer) in their own order."""
        places = self._random.sample(range(len(options)), min(count, len(options)))
        return [options[place] for place in sorted(places)]

    def mixed(self, options: Sequence[T]) -> list[T]:
        """Return the options in random order."""
        return self._random.sample(list(options), len(options))

    def share(self, total: int, parts: int) -> list[int]:
        """Return `parts` whole numbers that add up to `total`; none is negative."""
        if parts < 2:
            return [total][:parts]
        weights = [self._random.expovariate(1.0) for _ in range(parts)]
        shares = [int(total * weight / sum(weights)) for weight in weights]
        shares[self._random.randrange(parts)] += total - sum(shares)
        return shares
