"""How fast long runs go, and what they tell about it: for the commands that walk through everything.

A token bucket that holds them back, a progress with a rate and an estimate, and a teller that shows it: one line that
stays on a terminal, lines now and then elsewhere. Clocks are handed in.
"""

import sys
import threading
import time
from argparse import ArgumentTypeError
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

RATE_SECONDS = 30.0  # what the rate, and so the estimate, looks back on
ON_TERMINAL_SECONDS = 0.2
IN_LOG_SECONDS = 10.0
BURST_SECONDS = 1.0  # what was not used for so long may be used at once


class TokenBucket:
    """Lets `rate` units a second pass, for all threads that share it. None: as many as come."""

    def __init__(
        self,
        rate: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_from = clock()  # when all that was taken is paid for

    def take(self, amount: float = 1) -> None:
        """Waits until what was taken before is paid for: so a portion above the bucket's size passes too."""
        if self._rate is None:
            return
        with self._lock:
            now = self._clock()
            start = max(self._free_from, now - BURST_SECONDS)
            self._free_from = start + amount / self._rate
        if start > now:
            self._sleep(start - now)


@dataclass(frozen=True, slots=True)
class Standing:
    done: int
    total: int | None
    per_second: float
    seconds_left: float | None

    def line(self, unit: str) -> str:
        if self.total is None:
            counted = f"{self.done:,} {unit}"
        else:
            share = 100 * self.done / self.total if self.total else 100
            counted = f"{self.done:,} of {self.total:,} {unit} ({share:.0f} %)"
        left = "" if self.seconds_left is None else f", {_span(self.seconds_left)} left"
        return f"{counted}, {self.per_second:,.0f}/s{left}"


class Progress:
    """`done` at the beginning is what an earlier run did: it counts as done, and not for the rate."""

    def __init__(self, total: int | None, *, done: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = total
        self.done = done
        self._clock = clock
        self._marks = deque([(clock(), done)])

    def add(self, count: int = 1) -> None:
        self.done += count
        now = self._clock()
        if now - self._marks[-1][0] >= RATE_SECONDS / 30:
            self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[1][0] > RATE_SECONDS:
            self._marks.popleft()

    def standing(self) -> Standing:
        since, before = self._marks[0]
        seconds = self._clock() - since
        rate = (self.done - before) / seconds if seconds > 0 else 0.0
        left = max(0, self.total - self.done) / rate if self.total is not None and rate > 0 else None
        return Standing(self.done, self.total, rate, left)


class Teller:
    """Shows a progress, no oftener than people or logs can take."""

    def __init__(
        self,
        progress: Progress,
        unit: str,
        *,
        out: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.progress = progress
        self._unit = unit
        self._out = out or sys.stderr
        self._terminal = self._out.isatty()
        self._clock = clock
        self._told_at = clock()

    def add(self, count: int = 1) -> None:
        self.progress.add(count)
        if self._clock() - self._told_at >= (ON_TERMINAL_SECONDS if self._terminal else IN_LOG_SECONDS):
            self.tell()

    def tell(self) -> None:
        self._told_at = self._clock()
        line = self.progress.standing().line(self._unit)
        self._out.write(f"\r\x1b[2K{line}" if self._terminal else f"{line}\n")
        self._out.flush()

    def end(self) -> None:
        self.tell()
        if self._terminal:
            self._out.write("\n")


def least_one(text: str) -> int:
    """The type of an option such as --rate."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ArgumentTypeError("a whole number from 1")
    return int(text)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
