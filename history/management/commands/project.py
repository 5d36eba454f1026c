"""`manage.py project`: the projection worker, until SIGTERM or SIGINT."""

import signal
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from history import metrics
from history.worker import Worker


class Command(BaseCommand):
    help = "Carry commits from the table's stream into history. Ends with code 0 on SIGTERM or Ctrl-C."
    requires_system_checks: list[str] = []  # serves no requests; the web process runs the checks

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--metrics-port", type=int, help="answer Prometheus there (default: not at all)")
        parser.add_argument("--metrics-host", default=metrics.LOOPBACK, help="on this address (default: %(default)s)")

    def handle(self, *_: Any, metrics_port: int | None, metrics_host: str, **__: Any) -> None:
        stopping = Event()

        # Awaited by a thread: a handler would run inside the main thread's own Event.wait and could deadlock there.
        signals = {signal.SIGTERM, signal.SIGINT}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)

        def stop_on_signal() -> None:
            signal.sigwait(signals)
            stopping.set()

        Thread(target=stop_on_signal, daemon=True).start()
        worker = Worker()
        if metrics_port is not None:
            try:
                metrics.serve(worker, metrics_port, metrics_host)
            except OSError as error:
                raise CommandError(f"metrics on {metrics_host}:{metrics_port}: {error}") from error
        worker.run(stopping)
