"""Change records as files: a line each, written as they are read, so that any number fits."""

import csv
import json
import re
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
# What makes a spreadsheet take a cell for a formula, at its beginning. Where people write a comma in their numbers, it
# splits lines at semicolons instead, whatever stands in quotation marks.
_FORMULA = re.compile(r"(^|[;\n\r])(?=[=+\-@\t\r])")


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
            "changes": json.dumps(row["changes"], ensure_ascii=False).replace(";", r"\u003b"),
        }
        yield writer.writerow([_cell(flat[column]) for column in COLUMNS])


def as_json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _cell(value: Any) -> Any:
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value
