"""Co-edited text: what a Yjs update makes of an element's text. Pure (SPEC.md, TX rules).

A state is a Yjs update (version 1) that holds one Y.Text named "text". pycrdt integrates; what comes from clients is
read here first, field by field, because a library written for friendly peers crashes, waits or allocates on others.
Clocks count UTF-16 units, as in JavaScript; pycrdt's own offsets count UTF-8 bytes.
"""

import secrets
import time

import msgspec
from pycrdt import Doc, Text, merge_updates

from canvasapp.exceptions import Refused

NAME = "text"
SEED_CLIENT = 0
MAX_CLIENT = 2**53 - 1
MAX_CLOCK = 2**31 - 1
MAX_DELETES = 2_000  # ranges in one update
# Placing an item looks at those beside it, at worst at all: 80 ns each.
MAX_PLACING = 250_000
# Above either of these a text begins anew from its plain text (`is_heavy`).
MAX_STATE_ITEMS = 2_000
MAX_LOAD_SECONDS = 0.025  # of processor time; a state of that many items takes 3 ms unless somebody made it to be slow

_ITEM_DELETED, _ITEM_STRING = 1, 4
_HAS_ORIGIN, _HAS_RIGHT, _HAS_KEY, _CONTENT = 0x80, 0x40, 0x20, 0x1F
_ASTRAL = "\U00010000"


class Item(msgspec.Struct, frozen=True, gc=False):
    """A run of text of one client: clocks `clock` to `end`. `content` is None where it is deleted."""

    client: int
    clock: int
    end: int
    origin: tuple[int, int] | None
    right: tuple[int, int] | None
    content: str | None


class Update(msgspec.Struct, frozen=True, gc=False):
    items: list[Item]
    deletes: list[tuple[int, int, int]]  # client, first clock, end


def seed(plain: str) -> bytes:
    """The state that stands for `plain` while nobody has edited it together. Everyone makes the same."""
    doc: Doc[Text] = Doc(client_id=SEED_CLIENT)
    doc.get(NAME, type=Text).insert(0, plain)
    return doc.get_update()


class Merged(msgspec.Struct, frozen=True, gc=False):
    """`is_heavy`: the next change of this state would cost too much."""

    state: bytes
    plain: str
    is_heavy: bool


def merge(state: bytes | None, plain: str, update: bytes) -> Merged:
    """What `update` makes, which anyone may have sent. `state` None stands for the seed of `plain`.

    Raises Refused: "invalid" for what no text editor writes, "conflict" for what builds on text that is not there or
    contradicts what is, "too_large" for too many pieces at once.
    """
    state = state if state is not None else seed(plain)
    told, there = read_update(update), read_update(state)
    if len(told.items) * max(len(told.items), len(there.items)) > MAX_PLACING or len(told.deletes) > MAX_DELETES:
        raise Refused("too_large", "too many pieces of text at once")
    expected = _clocks_after(_clocks(there.items), told)
    _check_characters(there, told)
    began = time.thread_time()
    doc = _document(state)
    seconds = time.thread_time() - began
    after, text = _integrate(doc, update)
    if _read_clocks(doc.get_state()) != expected:
        raise Refused("conflict", "the update builds on text that is not there")
    is_heavy = seconds > MAX_LOAD_SECONDS or len(read_update(after).items) > MAX_STATE_ITEMS
    return Merged(after, text, is_heavy)


def replay(state: bytes | None, plain: str, update: bytes) -> bytes:
    """The state after an update that was accepted once."""
    return _integrate(_document(state if state is not None else seed(plain)), update)[0]


def join(earlier: bytes, later: bytes) -> bytes:
    """One update with the effect of two that were accepted one after the other."""
    return merge_updates(earlier, later)


def edit(state: bytes | None, old: str, new: str, client: int | None = None) -> bytes:
    """The update that makes `new` of `old`, another text, by replacing what is between their common ends."""
    start = 0
    shorter = min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < shorter - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    doc = _document(state if state is not None else seed(old), client=client or secrets.randbelow(2**32 - 1) + 1)
    text = doc.get(NAME, type=Text)
    at = len(old[:start].encode())
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    with doc.transaction():
        if removed := old[start : len(old) - tail]:
            del text[at : at + len(removed.encode())]
        if inserted := new[start : len(new) - tail]:
            text.insert(at, inserted)
    doc.unobserve(subscription)
    return made[0]


def _document(state: bytes, client: int | None = None) -> Doc[Text]:
    doc: Doc[Text] = Doc(client_id=client)
    doc.apply_update(state)
    return doc


def _integrate(doc: Doc[Text], update: bytes) -> tuple[bytes, str]:
    try:
        doc.apply_update(update)
        return doc.get_update(), str(doc.get(NAME, type=Text))
    except BaseException as error:
        # A panic of the library derives from BaseException alone.
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise Refused("invalid", "the update cannot be applied") from None


def _clocks(items: list[Item]) -> dict[int, int]:
    clocks: dict[int, int] = {}
    for item in items:
        clocks[item.client] = max(clocks.get(item.client, 0), item.end)
    return clocks


def _clocks_after(clocks: dict[int, int], update: Update) -> dict[int, int]:
    """Every client's clock after `update`. Raises Refused("conflict") for what it builds on and nobody has."""
    after = dict(clocks)
    for item in update.items:
        known = after.get(item.client, 0)
        if item.clock > known:
            raise Refused("conflict", "the update builds on text that is not there")
        if item.client == SEED_CLIENT and item.end > known:
            raise Refused("invalid", "nobody types as client 0")
        after[item.client] = max(known, item.end)
    wanted = [place for item in update.items for place in (item.origin, item.right) if place is not None]
    wanted += [(client, end - 1) for client, _, end in update.deletes]
    if any(clock >= after.get(client, 0) for client, clock in wanted):
        raise Refused("conflict", "the update builds on text that is not there")
    return after


def _check_characters(there: Update, told: Update) -> None:
    """Refuses an update that tells known text otherwise, or comes between the halves of one character."""
    clocks = _clocks(there.items)
    again = [item for item in told.items if item.clock < clocks.get(item.client, 0)]
    cuts = [(item.origin[0], item.origin[1] + 1) for item in told.items if item.origin is not None]
    cuts += [item.right for item in told.items if item.right is not None]
    cuts += [(client, clock) for client, first, end in told.deletes for clock in (first, end)]
    cuts += [(item.client, clocks[item.client]) for item in again]
    if not _second_halves(there.items + told.items).isdisjoint(cuts):
        raise Refused("invalid", "the update comes between the halves of a character")
    if again:
        known = _units(there.items)
        if any(known.get(place, unit) != unit for place, unit in _units(again).items()):
            raise Refused("conflict", "the update contradicts text that is there")


def _second_halves(items: list[Item]) -> set[tuple[int, int]]:
    """Where surrogate pairs have their second unit."""
    halves: set[tuple[int, int]] = set()
    for item in items:
        if item.content is None or item.end - item.clock == len(item.content):
            continue
        clock = item.clock
        for character in item.content:
            clock += 1
            if character >= _ASTRAL:
                halves.add((item.client, clock))
                clock += 1
    return halves


def _units(items: list[Item]) -> dict[tuple[int, int], bytes]:
    """UTF-16 units of the text that is not deleted, by client and clock."""
    units: dict[tuple[int, int], bytes] = {}
    for item in items:
        data = (item.content or "").encode("utf-16-le")
        for place in range(len(data) // 2):
            units[item.client, item.clock + place] = data[2 * place : 2 * place + 2]
    return units


# Reading the binary form


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def number(self, most: int = MAX_CLIENT) -> int:
        data, at = self.data, self.at
        value = shift = 0
        while True:
            if at >= len(data) or shift > 49:
                raise _not_an_update()
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
        if value > most:
            raise _not_an_update()
        self.at = at
        return value

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise _not_an_update()
        self.at += 1
        return self.data[self.at - 1]

    def string(self) -> str:
        length = self.number()
        end = self.at + length
        if end > len(self.data):
            raise _not_an_update()
        try:
            text = self.data[self.at : end].decode()  # refuses surrogates
        except UnicodeDecodeError:
            raise _not_an_update() from None
        self.at = end
        return text

    def place(self) -> tuple[int, int]:
        return self.number(), self.number(MAX_CLOCK)


def _not_an_update() -> Refused:
    return Refused("invalid", "this is not an update of a text")


def read_update(data: bytes) -> Update:
    """An update in Yjs's first format. Raises Refused("invalid") for anything but plain text in the Y.Text "text"."""
    reader = _Reader(data)
    items: list[Item] = []
    clients: set[int] = set()
    for _ in range(reader.number()):
        count = reader.number()
        client, clock = reader.place()
        if client in clients or count == 0:
            raise _not_an_update()
        clients.add(client)
        for _ in range(count):
            item = _read_item(reader, client, clock)
            items.append(item)
            clock = item.end
    deletes = _read_deletes(reader)
    if reader.at != len(data):
        raise _not_an_update()
    return Update(items, deletes)


def _read_item(reader: _Reader, client: int, clock: int) -> Item:
    info = reader.byte()
    kind = info & _CONTENT
    if kind not in {_ITEM_DELETED, _ITEM_STRING}:
        raise Refused("invalid", "a text holds nothing but characters")
    origin = reader.place() if info & _HAS_ORIGIN else None
    right = reader.place() if info & _HAS_RIGHT else None
    if origin is None and right is None and (reader.number() != 1 or reader.string() != NAME or info & _HAS_KEY):
        raise Refused("invalid", "the update is about something else than the text")
    if kind == _ITEM_DELETED:
        content, length = None, reader.number(MAX_CLOCK)
    else:
        content = reader.string()
        length = len(content) if content.isascii() else len(content.encode("utf-16-le")) // 2
    if length == 0 or clock + length > MAX_CLOCK:
        raise _not_an_update()
    return Item(client, clock, clock + length, origin, right, content)


def _read_deletes(reader: _Reader) -> list[tuple[int, int, int]]:
    deletes: list[tuple[int, int, int]] = []
    clients: set[int] = set()
    for _ in range(reader.number()):
        client, count = reader.number(), reader.number()
        if client in clients:
            raise _not_an_update()
        clients.add(client)
        for _ in range(count):
            clock, length = reader.number(MAX_CLOCK), reader.number(MAX_CLOCK)
            if length == 0 or clock + length > MAX_CLOCK:
                raise _not_an_update()
            deletes.append((client, clock, clock + length))
    return deletes


def _read_clocks(vector: bytes) -> dict[int, int]:
    reader = _Reader(vector)
    return dict(reader.place() for _ in range(reader.number()))
