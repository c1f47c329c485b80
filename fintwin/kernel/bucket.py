"""Rate limits: a token bucket per key, in the memory of one process."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from fintwin.kernel.errors import TooMany


class Buckets:
    """Many token buckets of one size; safe between threads.

    A bucket holds `burst` tokens and gains `rate` of them a second. The least used keys are let go beyond `most`,
    which can only be generous to them, so a flood of keys does not fill the memory.
    """

    def __init__(
        self, *, rate: float, burst: int, most: int = 20_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, key: str, *, cost: float = 1.0) -> float:
        """Take tokens from a key's bucket: 0.0 when they were there, else the seconds until they will be."""
        with self._lock:
            now = self._clock()
            left, at = self._left.pop(key, (self._burst, now))
            left = min(self._burst, left + (now - at) * self._rate)
            short = cost - left
            self._left[key] = (left if short > 0 else left - cost, now)
            if len(self._left) > self._most:
                self._left.popitem(last=False)
            return short / self._rate if short > 0 else 0.0

    def take(self, key: str, *, cost: float = 1.0) -> None:
        """Like `wait`, but refuses.

        Raises:
            TooMany: the bucket is empty; `retry_after` is in whole seconds, rounded up.
        """
        seconds = self.wait(key, cost=cost)
        if seconds > 0:
            again = int(seconds) + 1
            raise TooMany(f"That was too often. Try again in {again} s.", retry_after=again)
