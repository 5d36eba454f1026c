import time
import uuid

from projects.ids import id_new


def test_ids_are_version_7_uuids_in_order_of_time():
    first = id_new()
    time.sleep(0.002)
    second = id_new()
    assert first < second
    assert uuid.UUID(first).version == 7
    assert uuid.UUID(first).variant == uuid.RFC_4122


def test_ids_differ_within_a_millisecond():
    assert len({id_new() for _ in range(10_000)}) == 10_000
