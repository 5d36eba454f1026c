"""Typed readers of the environment. A value that cannot be read stops the start, with the variable's name.

Only settings.py and the start scripts read the environment; everything else reads django.conf.settings.
"""

import json
import os
from typing import Any
from urllib.parse import urlsplit


class BadEnvironment(SystemExit):
    """A variable is missing or cannot be read; the message is one sentence for the operator."""


def env_str(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise BadEnvironment(f"{name} is not set; .env.example says what it is for.")
    return default


def env_bool(name: str, default: bool) -> bool:
    word = os.environ.get(name, "").strip().lower()
    if not word:
        return default
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise BadEnvironment(f"{name}={word!r} is not a yes or no (use 1 or 0).")


def env_int(name: str, default: int, *, least: int = 0) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        raise BadEnvironment(f"{name}={text!r} is not a whole number.") from None
    if value < least:
        raise BadEnvironment(f"{name}={value} is below {least}.")
    return value


def env_list(name: str, default: list[str]) -> list[str]:
    """Comma separated; blanks are dropped."""
    text = os.environ.get(name, "").strip()
    return [part.strip() for part in text.split(",") if part.strip()] if text else default


def env_json(name: str) -> dict[str, Any]:
    """A JSON object; empty when not set."""
    text = os.environ.get(name, "").strip()
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise BadEnvironment(f"{name} is not a JSON object.")
    return value


def env_url(name: str, *schemes: str, default: str = "") -> str:
    """A URL of one of `schemes`; "" when neither set nor given a default."""
    value = os.environ.get(name, "").strip() or default
    if value and urlsplit(value).scheme not in schemes:
        raise BadEnvironment(f"{name}={value!r} is not a URL of the form {' or '.join(s + '://…' for s in schemes)}.")
    return value
