"""`manage.py project`: the projection worker, until SIGTERM or SIGINT."""

import signal
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand

from history.worker import Worker


class Command(BaseCommand):
    help = "Carry commits from the table's stream into history. Ends with code 0 on SIGTERM or Ctrl-C."
    requires_system_checks: list[str] = []  # serves no requests; the web process runs the checks

    def handle(self, *_: Any, **__: Any) -> None:
        stopping = Event()

        # Awaited by a thread: a handler would run inside the main thread's own Event.wait and could deadlock there.
        signals = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)

        def stop_on_signal() -> None:
            signal.sigwait(signals)
            stopping.set()

        Thread(target=stop_on_signal, daemon=True).start()
        Worker().run(stopping)
