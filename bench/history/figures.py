"""Times of what is called many times, as rows of a table."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass
class Times:
    """Milliseconds, one for each call; and how long the processor worked for this process, which a busy machine hardly
    changes. The engines' work is not in it."""

    taken: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    def of(self, call: Callable[[], T]) -> T:
        begun, idle = time.perf_counter(), time.process_time()
        answer = call()
        self.worked.append((time.process_time() - idle) * 1_000)
        self.taken.append((time.perf_counter() - begun) * 1_000)
        return answer

    def at(self, share: float) -> float:
        return share_of(self.taken, share)

    def row(self) -> list[Any]:
        return [len(self.taken), self.at(0.5), self.at(0.95), max(self.taken), share_of(self.worked, 0.5)]


def share_of(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


TIMES = ["calls", "p50 ms", "p95 ms", "max ms", "CPU p50 ms"]


def table(title: str, head: list[str], rows: Iterable[list[Any]]) -> None:
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|{' --- |' * len(head)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(shown(value) for value in row)} |", flush=True)


def shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if value < 100 else f"{value:,.0f}".replace(",", " ")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", " ")
    return str(value)


def others_busy(seconds: float = 2) -> float:
    """How much of the machine, in per cent of one core, is in use before anything is measured."""
    before = _busy_ticks()
    time.sleep(seconds)
    return (_busy_ticks() - before) / seconds


def _busy_ticks() -> int:
    with open("/proc/stat") as stat:
        user, nice, system, *_ = map(int, stat.readline().split()[1:])
    return user + nice + system
