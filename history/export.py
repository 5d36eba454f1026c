"""Change records as files: a line each, written as they are read, so that any number fits."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

COLUMNS = (
    "id",
    "from",
    "to",
    "user",
    "user_name",
    "canvas",
    "element",
    "element_type",
    "action",
    "first_seq",
    "last_seq",
    "gesture",
    "changes",
)
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """What csv.writer writes to: hands the line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """RFC 4180, with a line of names first."""
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for row in rows:
        flat = row | {
            "user": row["user"]["id"],
            "user_name": row["user"]["name"],
            "changes": json.dumps(row["changes"], ensure_ascii=False),
        }
        yield writer.writerow([_cell(flat[column]) for column in COLUMNS])


def as_json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _cell(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and value.startswith(_FORMULA) else value
