"""The beginning of a process of a pool. It imports nothing of ours: this is what makes Django ready for what does."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

import django


def begin_worker() -> None:
    """The process that hands out work decides when this one ends; without that process nothing goes on."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    wait([parent.sentinel] if parent else [])
    os._exit(1)
