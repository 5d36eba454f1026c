"""Writes the wire protocol's JSON Schema, from which the TypeScript types are made; --check only compares."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from realtime import protocol

SCHEMA_PATH = Path(settings.BASE_DIR) / "docs" / "protocol.schema.json"


def schema_text() -> str:
    """The schema of every message; ClientFrame and ServerFrame are its entry points."""
    roots, components = msgspec.json.schema_components(
        [protocol.ClientMessage, protocol.ServerMessage], ref_template="#/$defs/{name}"
    )
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Canvas wire protocol {protocol.PROTOCOL_VERSION}",
        "$defs": {**components, "ClientMessage": roots[0], "ServerMessage": roots[1]},
        "anyOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


class Command(BaseCommand):
    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="exit 1 when the file is not up to date")

    def handle(self, *_: Any, check: bool, **__: Any) -> None:
        text = schema_text()
        if check:
            if not SCHEMA_PATH.exists() or SCHEMA_PATH.read_text() != text:
                raise CommandError(f"{SCHEMA_PATH.name} is not up to date: run manage.py export_schema")
        else:
            SCHEMA_PATH.write_text(text)
            self.stdout.write(f"wrote {SCHEMA_PATH}")
