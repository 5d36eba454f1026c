"""The ME rules of history/SPEC.md, over HTTP."""

import socket
import urllib.request
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from history import archive, metrics
from history.tests.conftest import drain
from history.worker import Worker


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((metrics.LOOPBACK, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def scraped():
    """Serves a worker's metrics and gets them, as a name and its value."""

    def scrape(worker: Worker) -> dict[str, float]:
        server = metrics.serve(worker, port := free_port())
        try:
            with urllib.request.urlopen(f"http://{metrics.LOOPBACK}:{port}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        finally:
            server.shutdown()
            server.server_close()
        return {
            sample.name: sample.value for family in text_string_to_metric_families(text) for sample in family.samples
        }

    return scrape


def test_me1_the_figures_are_those_of_the_worker(worker, author, canvas, scraped):
    archive.park("CANVAS#c", "COMMIT#1", "bad", [])
    author.commit(5, at=datetime.now(UTC).isoformat())
    while not worker.ingest_round():
        pass
    seen = scraped(worker)
    assert (seen["history_shards_held"], seen["history_parked_records"]) == (1, 1)
    assert seen["history_commits_archived_total"] == worker.counts.archived >= 5
    assert seen["history_commits_recorded_total"] >= 5
    assert seen["history_records_total"] >= 5
    assert (seen["history_commits_filled_total"], seen["history_parked_total"]) == (0, 0)
    assert 0 <= seen["history_lag_seconds"] < 60


def test_me2_a_worker_that_stands_by_knows_no_lag(worker, author, scraped):
    worker.ingest_round()
    second = Worker()
    second.ingest_round()
    seen = scraped(second)
    assert seen["history_shards_held"] == 0
    assert "history_lag_seconds" not in seen
    drain(worker)


def test_me2_without_mongodb_the_rest_is_told(scraped, settings):
    settings.MONGODB_URI = f"mongodb://127.0.0.1:{free_port()}/canvas"
    seen = scraped(Worker())
    assert seen["history_records_total"] == 0
    assert "history_parked_records" not in seen
