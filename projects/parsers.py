"""How a request's body is read. Apart from rest.py, because DRF imports it while it is itself being imported."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from projects.exceptions import TooLarge

MAX_BODY_BYTES = 1024 * 1024  # an intent is at most half of it, and may be written with spaces


class BoundedJSONParser(JSONParser):
    """DRF reads a body of any length and recurses as deep as it is nested; this answers 413 and 400 instead."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_BODY_BYTES + 1)
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(f"A body has at most {MAX_BODY_BYTES} bytes.")
        try:
            return super().parse(BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
