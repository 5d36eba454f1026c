"""Embedding: one secret link a canvas, by which pages of named origins show it to anyone, read only.

The token is `<canvas id>.<secret>`; what is kept of it is the secret's hash, beside the canvas. So a token costs one
read, and neither the table nor its backups can open a canvas. docs/decisions/embedding.md has the reasons.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext

from canvasapp.checkpoint import head_item
from canvasapp.exceptions import NoSuchCanvas
from canvasapp.items import EMBED_SK, EmbedItem, canvas_key
from canvasapp.state import now_rfc3339
from projects.access import is_shown
from projects.exceptions import Invalid, NotFound
from projects.ids import ID_PATTERN
from projects.models import User
from projects.store import reaching_dynamodb

SECRET_BYTES = 24
MOST_ORIGINS = 20
MAX_ORIGIN_LENGTH = 255

_TOKEN = re.compile(rf"({ID_PATTERN})\.([0-9A-Za-z_-]{{32}})")
# Letters, digits, hyphens and dots: nothing that could end a directive of a policy.
_HOST = re.compile(
    r"(?=.{1,253}$)(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Embed:
    origins: list[str]
    created_at: str


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a token opens. Nothing about people."""

    canvas_id: str
    project_id: str
    name: str
    origins: list[str]


def embed_of(canvas_id: str) -> Embed | None:
    item = _item(canvas_id)
    return Embed(list(item.origins), item.created_at) if item is not None else None


def embed_create(*, canvas_id: str, origins: list[str], created_by: User) -> str:
    """The token, which is told this once. A link made before ends. Raises Invalid."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    item = EmbedItem(
        canvas_key(canvas_id),
        EMBED_SK,
        secret_hash=_hash(secret),
        origins=origins_checked(origins),
        created_at=now_rfc3339(),
        created_by=str(created_by.pk),
    )
    with reaching_dynamodb():
        item.save()
    return f"{canvas_id}.{secret}"


def embed_change(*, canvas_id: str, origins: list[str]) -> Embed:
    """Raises Invalid, NotFound."""
    item = _item(canvas_id)
    if item is None:
        raise NotFound(gettext("This canvas is not embedded anywhere."))
    checked = origins_checked(origins)
    with reaching_dynamodb():
        item.update(actions=[EmbedItem.origins.set(checked)], condition=EmbedItem.pk.exists())
    return Embed(checked, item.created_at)


def embed_revoke(*, canvas_id: str) -> None:
    with reaching_dynamodb():
        EmbedItem(canvas_key(canvas_id), EMBED_SK).delete()


def embed_open(token: str) -> Embedded:
    """Raises NotFound for whatever is not, or no longer, a link to a canvas that is there; canvasapp's Unavailable."""
    nothing = NotFound(gettext("There is nothing at this address (any more)."))
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise nothing
    canvas_id, secret = parts.groups()
    item = _item(canvas_id)
    # Compared also where there is nothing, so that time does not tell which canvases are embedded.
    known = hmac.compare_digest(item.secret_hash if item is not None else _hash(""), _hash(secret))
    if item is None or not known:
        raise nothing
    try:
        head = head_item(canvas_id)
    except NoSuchCanvas:
        raise nothing from None
    if not is_shown(head.project_id):
        raise nothing
    return Embedded(canvas_id, head.project_id, head.name, list(item.origins))


def origins_checked(origins: object) -> list[str]:
    """Origins as browsers write them, each once. Raises Invalid with `errors`."""
    if not isinstance(origins, list) or not all(isinstance(origin, str) for origin in origins):
        raise _bad(gettext("A list of addresses such as https://example.org."))
    if len(origins) > MOST_ORIGINS:
        raise _bad(gettext("At most {most} addresses.").format(most=MOST_ORIGINS))
    return list(dict.fromkeys(_origin(origin) for origin in origins))


def _origin(text: str) -> str:
    refusal = _bad(gettext("{origin} is not an address such as https://example.org.").format(origin=repr(text[:80])))
    if len(text) > MAX_ORIGIN_LENGTH:
        raise refusal
    try:
        parts = urlsplit(text.strip())
        port = parts.port
        wild = (parts.hostname or "").startswith("*.")
        host = (parts.hostname or "").removeprefix("*.").encode("idna").decode()
    except ValueError:  # a port that is none, a name that cannot be one
        raise refusal from None
    host = f"*.{host}" if wild else host
    local = host in {"localhost", "127.0.0.1"}
    alone = not (parts.query or parts.fragment or parts.username or parts.password) and parts.path in {"", "/"}
    if not alone or not (parts.scheme == "https" or (parts.scheme == "http" and local)) or not _HOST.fullmatch(host):
        raise refusal
    if wild and host.count(".") < 2:  # a whole top-level domain
        raise refusal
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in {None, _DEFAULT_PORTS[parts.scheme]} else "")


def _bad(sentence: str) -> Invalid:
    return Invalid(gettext("Some fields are not valid."), errors={"origins": [sentence]})


def _item(canvas_id: str) -> EmbedItem | None:
    try:
        with reaching_dynamodb():
            return EmbedItem.get(canvas_key(canvas_id), EMBED_SK, consistent_read=True)
    except EmbedItem.DoesNotExist:
        return None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
