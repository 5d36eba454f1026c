"""A canvas's state at a head, and drafts: commits in the making. Pure; replaying the log gives the same state.

One task at a time owns a state. Elements in it are never changed in place, so readers may keep them.
"""

from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, UnsetType

from canvasapp import text
from canvasapp.commits import GENESIS, Commit, Entry, Sealed, chain, seal, undo_values
from canvasapp.elements import (
    MAX_BYTES,
    MAX_LIVE_BYTES,
    MAX_LIVE_ELEMENTS,
    Element,
    encoded_size,
    fingerprint,
)
from canvasapp.exceptions import LogCorrupt, Refused
from canvasapp.ops import (
    Append,
    Create,
    Op,
    Restore,
    Text,
    Update,
    apply,
    as_drafted,
    plain_text,
    read_path,
    replay_text,
)

KEYED = "key:"  # begins the client ids made of Idempotency-Keys; no socket's client id can have a colon
MAX_CLIENTS = 1_000  # whose last intent a canvas remembers: the most recent ones
MAX_REFUSED = 32  # ranges of refused numbers that it remembers of each: the most recent ones
# What an intent replaces and restores is stored with it; its commit must fit into one transaction (4 MB).
MAX_REPLACED_BYTES = 2 * 1024 * 1024
# Each change of an element's properties handles the element whole; this is some 20 ms of that.
MAX_WORK_BYTES = 8 * 1024 * 1024
# Merging text takes so much longer, at worst; so the largest text can be changed once an intent.
TEXT_WORK = 32

_encoder = msgspec.json.Encoder()


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The last intent of a client that was accepted, and the commit that has it.

    `refused` are the ranges of lower numbers that are not in the log, and never will be: the last MAX_REFUSED of them.
    """

    intent: int
    seq: int
    user: str
    refused: tuple[tuple[int, int], ...] = ()

    def has_refused(self, number: int) -> bool:
        return any(first <= number <= last for first, last in self.refused)

    def followed_by(self, first: int, last: int, seq: int) -> "Mark":
        """The mark once the numbers `first` to `last` are in the log as well, with commit `seq`."""
        passed_over = ((self.intent + 1, first - 1),) if first > self.intent + 1 else ()
        return Mark(last, seq, self.user, (self.refused + passed_over)[-MAX_REFUSED:])


class Intent(msgspec.Struct):
    """What one client asked for. `size` is its message's in bytes; `number` 0 means that nobody will resend it."""

    client: str
    user: str
    number: int
    ops: list[Op]
    gesture: str | UnsetType = UNSET
    size: int = 0


class CanvasState:
    """Elements (tombstones included) after commit `seq`, and what the next commit needs to know."""

    def __init__(self, canvas_id: str, seq: int = 0, chain_hash: bytes = GENESIS, at: str = "") -> None:
        self.canvas_id = canvas_id
        self.seq = seq
        self.hash = chain_hash
        self.at = at
        self.elements: dict[str, Element] = {}
        self.clients: dict[str, Mark] = {}
        self.digest = 0
        self.live = 0
        self.live_bytes = 0  # of the live elements as JSON
        self.bytes = 0  # of all, tombstones included
        self.sizes: dict[str, int] = {}
        self.top_index: str | None = None
        # What is stored of the elements is complete up to this commit; what changed after it waits for a checkpoint.
        self.checkpoint_seq = seq
        self.unwritten: dict[str, Element] = {}

    def put(self, element: Element) -> None:
        """Stands `element` under its id, keeping the counts, the digest and the highest index."""
        old = self.elements.get(element.id)
        old_size = self.sizes.get(element.id, 0)
        # Only properties weigh: what else changes is a few digits.
        size = old_size if old is not None and old.properties is element.properties else encoded_size(element)
        self.sizes[element.id] = size
        self.bytes += size - old_size
        if old is not None and not old.deleted:
            self.digest ^= fingerprint(old.id, old.version)
            self.live -= 1
            self.live_bytes -= old_size
        if not element.deleted:
            self.digest ^= fingerprint(element.id, element.version)
            self.live += 1
            self.live_bytes += size
            if self.top_index is None or element.index > self.top_index:
                self.top_index = element.index
        self.elements[element.id] = element

    def live_elements(self) -> list[Element]:
        return [element for element in self.elements.values() if not element.deleted]

    def replay(self, sealed: Sealed) -> None:
        """Applies the log's next commit.

        An element that is already at that commit or later (a checkpoint ran ahead) is left as it is. Raises LogCorrupt
        when the commit is not the next one, does not continue the chain, or has an op that does not apply.
        """
        commit = sealed.commit
        if commit.seq != self.seq + 1:
            raise LogCorrupt(f"canvas {self.canvas_id}: commit {commit.seq} after {self.seq}")
        if commit.canvas != self.canvas_id or chain(self.hash, sealed.body) != sealed.hash:
            raise LogCorrupt(f"canvas {self.canvas_id}: the chain breaks at commit {commit.seq}")
        changed: dict[str, Element] = {}
        for entry in commit.entries:
            for op in entry.ops:
                element = changed.get(op.id) or self.elements.get(op.id)
                if element is not None and element.seq >= commit.seq and op.id not in changed:
                    continue
                try:
                    made = replayed(op, element)
                except Refused as refused:
                    raise LogCorrupt(f"canvas {self.canvas_id}, commit {commit.seq}: {refused}") from refused
                if made is not None:
                    changed[op.id] = stamp(made, commit, entry.user)
        self._adopt(changed, sealed)

    def adopt(self, draft: "Draft", sealed: Sealed) -> None:
        """Takes over a draft of this state that became durable as `sealed`."""
        self._adopt(draft.changed, sealed)

    def _least_needed(self) -> str:
        """The client to forget: a request's key, repeated within seconds, before a tab, which may sleep for days."""
        keys = (client for client in self.clients if client.startswith(KEYED))
        return next(keys, next(iter(self.clients)))

    def _adopt(self, changed: dict[str, Element], sealed: Sealed) -> None:
        for element in changed.values():
            self.put(element)
        self.unwritten.update(changed)
        for entry in sealed.commit.entries:
            if entry.intent:
                before = self.clients.pop(entry.client, Mark(0, 0, entry.user))  # to the end: ordered by recency
                first = entry.intent if entry.first is UNSET else entry.first
                self.clients[entry.client] = before.followed_by(first, entry.intent, sealed.seq)
        while len(self.clients) > MAX_CLIENTS:
            del self.clients[self._least_needed()]
        self.seq, self.hash, self.at = sealed.seq, sealed.hash, sealed.commit.at


def replayed(op: Op, element: Element | None) -> Element | None:
    """What an op of the log makes of its element, not stamped yet; None where it changes nothing. Raises Refused.

    A server's memory and a later one's load differ in tombstones past their lifetime.
    """
    if type(op) is Create and element is not None and element.deleted:
        return apply(op, None)
    if type(op) is Restore and element is None and op.element is not UNSET:
        return msgspec.structs.replace(op.element)
    if type(op) is Text and element is not None and not element.deleted:
        return replay_text(op, element)
    return apply(op, element)


def stamp(element: Element, commit: Commit, user: str) -> Element:
    """Sets, on an element just made by `apply`, what a commit says of it."""
    element.version = commit.versions[element.id]
    element.seq = commit.seq
    element.updated_by = user
    element.updated_at = commit.at
    element.created_by = element.created_by or user
    return element


def now_rfc3339() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _OpenEntry:
    """An entry of a draft: ops, and of each the element that it changes, as it was."""

    __slots__ = ("bases", "first", "gesture", "last_op", "number", "ops", "place", "user")

    def __init__(self, intent: Intent, place: int) -> None:
        self.user = intent.user
        self.gesture = intent.gesture
        self.first = self.number = intent.number
        self.place = place
        self.ops: list[Op] = []
        self.bases: list[Element | None] = []
        self.last_op: dict[str, int] = {}  # element id -> place in ops


class Draft:
    """The next commit in the making: takes intents one by one, each wholly or not at all.

    Intents of one client become one entry where nothing of another's lies between; within an entry, repeated sets of
    one property are folded into the last (SPEC.md, DR rules).
    """

    def __init__(self, state: CanvasState, commit_id: str, at: str) -> None:
        self._state = state
        self._commit = Commit(
            canvas=state.canvas_id, seq=state.seq + 1, id=commit_id, at=max(at, state.at), entries=[], versions={}
        )
        self.changed: dict[str, Element] = {}
        self.size = 0
        self._live = state.live
        self._top_index = state.top_index
        self._entries: list[tuple[str, _OpenEntry]] = []
        self._open: dict[str, _OpenEntry] = {}
        self._last_toucher: dict[str, int] = {}

    @property
    def empty(self) -> bool:
        return not self._entries

    def add(self, intent: Intent) -> dict[str, int]:
        """Takes the intent in; answers its elements' versions. Raises Refused: then nothing of it is in the draft."""
        made: dict[str, Element] = {}
        steps: list[tuple[Op, Element | None]] = []
        live, top_index = self._live, self._top_index
        replaced = work = 0
        full = self._state.live_bytes > MAX_LIVE_BYTES or self._state.bytes > MAX_BYTES
        for asked in intent.ops:
            start = self._lookup(asked.id)
            expect = getattr(asked, "expect", UNSET)
            if expect is not UNSET and start is not None and expect != start.version:
                raise Refused("conflict", f"element {asked.id} is at version {start.version}, not {expect}")
            if full and _adds(asked):
                raise Refused("limit", f"a canvas holds {MAX_LIVE_BYTES} bytes; delete something first")
            work += _work(asked, made.get(asked.id) or start, self._state.sizes.get(asked.id, 0))
            if work > MAX_WORK_BYTES:
                raise Refused("too_large", "too many changes of large elements at once")
            for drafted in as_drafted(asked, made.get(asked.id) or start):
                op = drafted
                element = made.get(op.id) or start
                after = apply(op, element, top_index)
                if after is None:
                    continue
                replaced += _replaced_bytes(op, element, after)
                if replaced > MAX_REPLACED_BYTES:
                    raise Refused("too_large", f"this replaces more than {MAX_REPLACED_BYTES} bytes at once")
                live += (not after.deleted) - (element is not None and not element.deleted)
                if live > MAX_LIVE_ELEMENTS and live > self._live:
                    raise Refused("limit", f"a canvas holds {MAX_LIVE_ELEMENTS} elements")
                if not after.deleted and (top_index is None or after.index > top_index):
                    top_index = after.index
                before = self._state.elements.get(op.id)
                after.version = (before.version if before is not None else 0) + 1
                after.seq, after.updated_by, after.updated_at = self._commit.seq, intent.user, self._commit.at
                after.created_by = after.created_by or intent.user
                made[op.id] = after
                steps.append((_completed(op, after), element))
        self._live, self._top_index = live, top_index
        self.changed.update(made)
        self.size += intent.size + replaced
        self._record(intent, made, steps)
        return {element_id: element.version for element_id, element in made.items()}

    def current(self, element_id: str) -> Element | None:
        return self._lookup(element_id)

    def seal(self) -> Sealed:
        commit = self._commit
        commit.entries = [
            Entry(
                client=client,
                user=entry.user,
                intent=entry.number,
                first=entry.first if entry.first != entry.number else UNSET,
                gesture=entry.gesture,
                ops=entry.ops,
                before=[
                    undo_values(op, base) if base is not None else None
                    for op, base in zip(entry.ops, entry.bases, strict=True)
                ],
            )
            for client, entry in self._entries
        ]
        commit.versions = {element_id: element.version for element_id, element in self.changed.items()}
        return seal(commit, self._state.hash)

    def _lookup(self, element_id: str) -> Element | None:
        return self.changed.get(element_id) or self._state.elements.get(element_id)

    def _record(self, intent: Intent, made: dict[str, Element], steps: list[tuple[Op, Element | None]]) -> None:
        entry = self._open.get(intent.client)
        if entry is None or not self._continues(entry, intent, made):
            entry = _OpenEntry(intent, len(self._entries))
            self._entries.append((intent.client, entry))
            self._open[intent.client] = entry
        entry.number = intent.number
        for element_id in made:
            self._last_toucher[element_id] = entry.place
        for op, base in steps:
            place = entry.last_op.get(op.id)
            last = entry.ops[place] if place is not None else None
            folded = _fold(last, op)
            if place is not None and folded is not None:
                entry.ops[place] = folded
            else:
                entry.last_op[op.id] = len(entry.ops)
                entry.ops.append(op if type(op) is not Update or op.expect is UNSET else Update(op.id, op.set))
                entry.bases.append(base)

    def _continues(self, entry: _OpenEntry, intent: Intent, made: dict[str, Element]) -> bool:
        return (
            intent.number == entry.number + 1 != 1
            and intent.user == entry.user
            and intent.gesture == entry.gesture
            and all(self._last_toucher.get(element_id, -1) <= entry.place for element_id in made)
        )


def _completed(op: Op, after: Element) -> Op:
    """The op as the log takes it: what a client says of what only the server knows is not believed."""
    if type(op) is Create:
        return msgspec.structs.replace(op, index=after.index, properties=after.properties)
    if type(op) is Restore:
        return Restore(op.id, after)
    if type(op) is Text:
        plain = plain_text(after)
        return Text(op.id, op.update, plain) if after.ytext is not UNSET else Update(op.id, {"properties.text": plain})
    return op


def _adds(op: Op) -> bool:
    """Whether the op can make the canvas larger, and costs time by its element's size."""
    if type(op) is Update:
        return any(path.startswith("properties.") for path in op.set)
    return type(op) in (Create, Append, Text, Restore)


def _work(op: Op, element: Element | None, size: int) -> int:
    """What applying the op costs, in bytes of elements handled."""
    if type(op) is Text and element is not None:
        return TEXT_WORK * (len(element.ytext or b"") + len(plain_text(element)) + 256)
    return size if type(op) is not Create and _adds(op) else 0


def _replaced_bytes(op: Op, element: Element | None, after: Element) -> int:
    """About what the commit stores besides the op itself; numbers do not count."""
    if type(op) is Restore:
        return encoded_size(after)
    if type(op) is Text and element is not None:
        return len(_encoder.encode(plain_text(element)))
    if type(op) is not Update or element is None:
        return 0
    size = 0
    for path in op.set:
        if path.startswith("properties."):
            value = read_path(element, path)
            if isinstance(value, str | list | dict):
                size += len(_encoder.encode(value))
    return size


def _fold(earlier: Op | None, later: Op) -> Op | None:
    """One op with the effect of both, if they can be folded."""
    if type(earlier) is Update and type(later) is Update:
        return _fold_updates(earlier, later)
    if type(earlier) is Text and type(later) is Text:
        return Text(earlier.id, text.join(earlier.update, later.update), later.text)
    return None


def _fold_updates(earlier: Update, later: Update) -> Update | None:
    """None where nested paths could depend on the order of the two.

    That is told by looking at each path once: comparing all with all would let one client stop the server.
    """
    # A lone nested path set again is safe, but not its removal: the parents that the first made would be missing.
    same_path = len(later.set) == 1 and earlier.set.keys() == later.set.keys() and None not in later.set.values()
    if not same_path and (_nested(later) or _nested(earlier)):
        return None
    return Update(earlier.id, earlier.set | later.set)


def _nested(update: Update) -> bool:
    return any(path.count(".") > 1 for path in update.set)
