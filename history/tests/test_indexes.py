"""create_indexes on a database that an older version made, on a real MongoDB."""

import pytest
from mongoengine.connection import get_db
from pymongo import IndexModel

from history.documents import ALIAS, ChangeRecord, create_indexes

ENDED = [("ended_at", -1), ("_id", -1)]
REST = {
    "canvas": ("user", "element_type", "action"),
    "user": ("canvas", "element_type", "action"),
    "element_type": ("canvas", "user", "action"),
    "action": ("canvas", "user", "element_type"),
}
NARROW = [IndexModel([("project", 1), *ENDED]), *(IndexModel([("project", 1), (name, 1), *ENDED]) for name in REST)]
UNNAMED = [
    IndexModel([("project", 1), (name, 1), *ENDED, *((other, 1) for other in rest)]) for name, rest in REST.items()
]


@pytest.mark.parametrize(
    "before", [NARROW, UNNAMED, [*NARROW, *UNNAMED], []], ids=["narrow", "unnamed", "both", "none"]
)
def test_an_older_database_gets_the_indexes_of_a_new_one_and_keeps_what_operators_made(mongo, before):
    records = get_db(ALIAS)[ChangeRecord._get_collection_name()]
    wanted = records.index_information()
    records.drop_indexes()
    if before:
        records.create_indexes(before)
    records.create_index([("gesture", 1)], name="an operator's")
    create_indexes()
    create_indexes()
    found = records.index_information()
    assert found.pop("an operator's")
    assert found == wanted
    records.drop_index("an operator's")
