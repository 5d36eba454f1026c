"""The worker's figures for Prometheus, read from it when they are asked for. Nothing is counted twice."""

from collections.abc import Iterator
from contextlib import suppress
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pymongo.errors import PyMongoError

from history.documents import ParkedRecord
from history.worker import Worker

LOOPBACK = "127.0.0.1"


def serve(worker: Worker, port: int, host: str = LOOPBACK) -> WSGIServer:
    """On a thread of its own, until the server is shut down. Raises OSError when the port is taken."""
    registry = CollectorRegistry()
    registry.register(WorkerMetrics(worker))
    server, _ = start_http_server(port, host, registry)
    return server


class WorkerMetrics(Collector):
    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not ask MongoDB."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        worker, counts = self._worker, self._worker.counts
        yield GaugeMetricFamily("history_shards_held", "Shards that this worker reads.", worker.shards_held)
        if (lag := worker.lag_seconds) is not None:  # absent is unknown, which is not 0
            yield GaugeMetricFamily("history_lag_seconds", "How far the shards that this worker reads are behind.", lag)
        if worker.connected:
            with suppress(PyMongoError):
                parked = ParkedRecord.objects.count()
                yield GaugeMetricFamily("history_parked_records", "What waits for manage.py retry_parked.", parked)
        yield CounterMetricFamily("history_records", "Records read from the stream.", counts.records)
        yield CounterMetricFamily("history_commits_archived", "Commits archived.", counts.archived)
        yield CounterMetricFamily("history_commits_filled", "Of these, commits that only the log had.", counts.filled)
        yield CounterMetricFamily("history_commits_recorded", "Commits made into change records.", counts.recorded)
        yield CounterMetricFamily("history_parked", "Records parked, each time that one is met.", counts.parked)
