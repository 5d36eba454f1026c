"""A room: a canvas's state in this process's memory, and the one task that changes it by group commit.

Knows neither sockets nor Redis: whoever shows the canvas to people is its RoomListener. Everything here runs on one
event loop; only the store's calls are in threads (SPEC.md, RM rules).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from itertools import count, islice
from typing import Any, Protocol
from uuid import uuid4

import msgspec

from canvasapp import checkpoint as checkpoints
from canvasapp import log
from canvasapp.commits import Sealed, unseal
from canvasapp.elements import Element, encoded_size
from canvasapp.exceptions import LogCorrupt, Refused, Repeated, Unavailable
from canvasapp.ops import element_ids
from canvasapp.state import CanvasState, Draft, Intent, now_rfc3339
from projects.table import in_thread

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.016  # at least from one commit's beginning to the next's: 62 commits a second at most
OUTRUN_RACES = 4  # lost in a row: the others are asked to give way,
GIVE_WAY_SECONDS = 0.1  # and do so for the time of a slow process's round
CHECKPOINT_SECONDS = 3.0  # between checkpoints while there are changes
MAX_PENDING_INTENTS = 20_000
MAX_PENDING_BYTES = 16 * 1024 * 1024
MAX_REFUSALS = 1_000  # remembered: what was under way when its number was refused is not taken for a new question
MAX_REFUSAL_BYTES = 64 * 1024  # of current elements told with a refusal
DRAFT_SECONDS = 0.01  # of applying intents before the event loop gets its turn
COMMIT_BYTES = 256 * 1024  # of intents in one commit; a larger intent goes alone
RECENT_COMMITS = 2_000  # kept in memory for those who resume
RESUME_BYTES = 32 * 1024 * 1024  # read from the log for one who resumes
RECENT_BYTES = 4 * 1024 * 1024
_BACKOFF_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)


class RoomListener(Protocol):
    """What a room tells; called on the event loop, must not block."""

    def committed(self, room: "Room", sealed: Sealed, *, local: bool) -> None:
        """A commit became durable and is in the state. `local`: this process wrote it."""

    def refused(self, room: "Room", intent: Intent, refusal: Refused) -> None:
        """An intent was refused; final for its number."""

    def repeated(self, room: "Room", intent: Intent) -> None:
        """An intent came again that is durable already."""

    def outrun(self, room: "Room") -> None:
        """Other processes' commits come first again and again: they should let this one have a turn."""

    def saving_changed(self, room: "Room") -> None:
        """`room.degraded` or `room.crowded` changed."""


class Receipt(msgspec.Struct, frozen=True):
    """An intent is durable in commit `seq`; `elements` are its elements as that commit left them."""

    seq: int
    versions: dict[str, int]
    elements: dict[str, Element]


class _Kept(msgspec.Struct, frozen=True, gc=False):
    """A commit in memory, encoded: as objects, thousands of them would make every garbage collection long."""

    seq: int
    body: bytes
    hash: bytes


class _Pending(msgspec.Struct):
    intent: Intent
    done: asyncio.Future[Receipt] | None


class _Batch(msgspec.Struct):
    """What became of the intents at the queue's head: versions made, commit that has it, refusal."""

    taken: list[tuple[_Pending, dict[str, int]]] = []
    repeated: list[tuple[_Pending, int]] = []
    refused: list[tuple[_Pending, Refused]] = []

    @property
    def is_empty(self) -> bool:
        return not (self.taken or self.repeated or self.refused)


def _refused_before() -> Refused:
    return Refused("unavailable", "this was not saved, and its number is over; ask under a new one")


class Room:
    """Made by the registry (canvasapp/rooms.py), which opens it once and closes it when nobody needs it."""

    def __init__(self, state: CanvasState, listener: RoomListener | None = None) -> None:
        self.state = state
        self.listener = listener
        self.degraded = False  # the store does not take commits
        self.crowded = False  # senders should pause
        self._pending: deque[_Pending] = deque()
        self._pending_bytes = 0
        self._queued: dict[str, int] = {}  # client -> highest number waiting or in flight
        self._refused: dict[tuple[str, int], None] = {}  # the last refusals: client and number
        self._noticed: dict[int, Sealed] = {}
        self._recent: deque[_Kept] = deque()
        self._recent_bytes = 0
        self._look_at_log = False
        self._refreshing: list[asyncio.Future[None]] = []
        self._busy = False
        self._last_began = 0.0
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self._tasks = [asyncio.create_task(self._commit_forever()), asyncio.create_task(self._checkpoint_forever())]

    @property
    def canvas_id(self) -> str:
        return self.state.canvas_id

    @property
    def clean(self) -> bool:
        """Nothing waits, and all that is in the log is in a checkpoint."""
        return self._idle.is_set() and self.state.checkpoint_seq == self.state.seq

    # What others ask of a room

    def submit(self, intent: Intent, done: asyncio.Future[Receipt] | None = None) -> None:
        """Queues an intent. The outcome goes to the listener, and to `done` (a Receipt, Refused, Repeated) when given.

        A number that the client used before is not applied again. Raises Refused: "unavailable" when the queue is full
        or the number was refused before, "forbidden" for another user's client id.
        """
        if intent.number:
            mark = self.state.clients.get(intent.client)
            if mark is not None and mark.user != intent.user:
                raise Refused("forbidden", "this client id belongs to somebody else")
            if mark is not None and intent.number <= mark.intent:
                if mark.has_refused(intent.number):
                    raise _refused_before()
                self._settle_repeated(_Pending(intent, done), mark.seq)
                return
            if done is None and (intent.client, intent.number) in self._refused:
                raise _refused_before()
            if intent.number <= self._queued.get(intent.client, 0):
                if done is not None:
                    done.set_exception(Refused("unavailable", "this intent is being saved; ask again"))
                return
        if self._closing:
            raise Refused("unavailable", "the server is going away")
        if len(self._pending) >= MAX_PENDING_INTENTS or self._pending_bytes + intent.size > MAX_PENDING_BYTES:
            raise Refused("unavailable", "too many changes wait to be saved; try again later")
        if intent.number:
            self._queued[intent.client] = intent.number
        self._pending.append(_Pending(intent, done))
        self._pending_bytes += intent.size
        self._idle.clear()
        self._wake.set()
        self._note_crowding()

    def notice(self, sealed: Sealed) -> None:
        """Another process says that it committed `sealed`. A hint: gaps are filled from the log."""
        if sealed.seq <= self.state.seq:
            return
        if not self._busy and sealed.seq == self.state.seq + 1:
            try:
                self._take_over(sealed)
            except LogCorrupt as error:
                logger.warning("canvas %s: a hint does not hold (%s)", self.canvas_id, error)
                self.look_at_log()
            return
        if len(self._noticed) < RECENT_COMMITS:
            self._noticed[sealed.seq] = sealed
        self._idle.clear()
        self._wake.set()

    def give_way(self) -> None:
        """Another process loses every race for the next number: lets it have a turn."""
        self._last_began = asyncio.get_running_loop().time() + GIVE_WAY_SECONDS

    def look_at_log(self) -> None:
        """Asks for a look whether the log went on without this room hearing of it."""
        self._look_at_log = True
        self._wake.set()

    async def refresh(self) -> None:
        """Returns when the state has all that was in the log when this was called. Waits while the store is away.

        Raises Unavailable when the room is closed meanwhile.
        """
        if self._closing:
            raise Unavailable("the server is going away")
        refreshed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._refreshing.append(refreshed)
        self.look_at_log()
        await refreshed

    def recent_after(self, seq: int) -> list[Sealed] | None:
        """The commits after `seq` from memory; None when memory does not reach back so far."""
        if seq >= self.state.seq:
            return []
        if not self._recent or self._recent[0].seq > seq + 1:
            return None
        skip = seq + 1 - self._recent[0].seq
        return [unseal(kept.body, kept.hash) for kept in islice(self._recent, skip, None)]

    async def commits_after(self, seq: int, most: int) -> list[Sealed] | None:
        """The commits after `seq` up to the state's head, from memory or the log; None when they are too many.

        The answer fits the state until the caller next waits for something. Raises Unavailable.
        """
        recent = self.recent_after(seq)
        if recent is not None:
            return recent
        if self.state.seq - seq > most:
            return None
        stored = await in_thread(log.read, self.canvas_id, seq, most, RESUME_BYTES)
        stored = [sealed for sealed in stored if sealed.seq <= self.state.seq]
        rest = self.recent_after(stored[-1].seq if stored else seq)
        return None if rest is None else stored + rest

    def memory_bytes(self) -> int:
        """A rough estimate, from measurements: what evicting this room would give back."""
        return 3_500 * len(self.state.elements) + self.state.bytes + self._recent_bytes + 100_000

    async def drain(self) -> None:
        """Returns when all that was submitted has its outcome; when the store is away, that is when it is back."""
        await self._idle.wait()

    async def close(self, patience: float = 5.0) -> None:
        """Commits what waits, writes a last checkpoint, and stops. Gives up after `patience` seconds each."""
        self._closing = True
        try:
            async with asyncio.timeout(patience):
                await self.drain()
        except TimeoutError:
            logger.warning("canvas %s: closed with %d intents not saved", self.canvas_id, len(self._pending))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(patience):
                await self._checkpoint()
        except (TimeoutError, Unavailable) as error:
            logger.warning("canvas %s: closed without a last checkpoint (%s)", self.canvas_id, error)
        unanswered: list[asyncio.Future[Any] | None] = [waiting.done for waiting in self._pending]
        for future in unanswered + self._refreshing:
            if future is not None and not future.done():
                future.set_exception(Unavailable("the server is going away"))

    # The committer: the only one that changes the state, but for notice() while it rests

    async def _commit_forever(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await self._wake.wait()
            self._wake.clear()
            wait = self._last_began + TICK_SECONDS - clock()
            if self._pending and wait > 0:
                await asyncio.sleep(wait)
            self._busy = True
            try:
                await self._catch_up_if_behind()
                if self._pending:
                    self._last_began = clock()
                    await self._commit_batch()
            except Unavailable as error:
                await self._wait_for_store(error)
            except LogCorrupt:
                logger.exception("canvas %s: the log cannot be followed", self.canvas_id)
                await asyncio.sleep(_BACKOFF_SECONDS[-1])
            except Exception:
                logger.exception("canvas %s: committing failed", self.canvas_id)
                await asyncio.sleep(_BACKOFF_SECONDS[-1])
            finally:
                self._busy = False
            if self._pending or self._noticed or self._look_at_log:
                self._wake.set()
            else:
                self._idle.set()

    async def _commit_batch(self) -> None:
        """Commits some of what waits, whatever races it takes; on Unavailable nothing is lost from the queue."""
        clock = asyncio.get_running_loop().time
        for race in count(1):
            if race % OUTRUN_RACES == 0:
                self._tell(lambda listener: listener.outrun(self))
            draft = Draft(self.state, uuid4().hex, now_rfc3339())
            batch = _Batch()
            began = clock()
            owners: dict[str, str] = {}  # of client ids that are new with this batch
            for waiting in self._pending:
                if not draft.empty and draft.size + waiting.intent.size > COMMIT_BYTES:
                    break
                if not batch.is_empty and clock() - began > DRAFT_SECONDS:
                    break
                mark = self.state.clients.get(waiting.intent.client)
                owner = mark.user if mark is not None else owners.get(waiting.intent.client, waiting.intent.user)
                if owner != waiting.intent.user:
                    refusal = Refused("forbidden", "this client id belongs to somebody else")
                    batch.refused.append((waiting, refusal))
                    continue
                if mark is not None and 0 < waiting.intent.number <= mark.intent:  # through another server, meanwhile
                    if mark.has_refused(waiting.intent.number):
                        batch.refused.append((waiting, _refused_before()))
                    else:
                        batch.repeated.append((waiting, mark.seq))
                    continue
                try:
                    batch.taken.append((waiting, draft.add(waiting.intent)))
                    owners[waiting.intent.client] = waiting.intent.user
                except Refused as refusal:
                    refusal.elements = self._current(draft, waiting.intent)
                    batch.refused.append((waiting, refusal))
                except Exception:  # a fault of ours; tried for ever it would stop the whole canvas
                    logger.exception("canvas %s: an intent cannot be applied", self.canvas_id)
                    batch.refused.append((waiting, Refused("invalid", "this change cannot be applied")))
            if draft.empty:
                # Another process's commits could have caused or cured any refusal: the last word needs the log's head.
                if batch.refused and await self._catch_up():
                    continue
                self._settle(batch)
                return
            sealed = draft.seal()
            if await self._append(sealed) is log.Appended.HEAD_MOVED:
                await self._catch_up()
                continue
            self.state.adopt(draft, sealed)
            self._remember(sealed)
            self._settle(batch, sealed)
            return

    async def _append(self, sealed: Sealed) -> log.Appended:
        """Puts the commit until there is a clear answer: an unclear one may have been written."""
        attempt = 0
        while True:
            try:
                appended = await in_thread(log.append, sealed)
            except Unavailable as error:
                self._set_degraded(True, error)
                await asyncio.sleep(_BACKOFF_SECONDS[min(attempt, len(_BACKOFF_SECONDS) - 1)])
                attempt += 1
            else:
                self._set_degraded(False)
                return appended

    def _settle(self, batch: "_Batch", sealed: Sealed | None = None) -> None:
        """Takes the batch off the queue (it stands at its head, in order) and tells everyone their outcome.

        Refusals first: a client takes the commit for the word that all its lower numbers not refused are saved.
        """
        for _ in range(len(batch.taken) + len(batch.repeated) + len(batch.refused)):
            intent = self._pending.popleft().intent
            self._pending_bytes -= intent.size
            if self._queued.get(intent.client) == intent.number:
                del self._queued[intent.client]
        for waiting, refusal in batch.refused:
            if waiting.done is not None and not waiting.done.done():
                waiting.done.set_exception(refusal)
            self._refused[waiting.intent.client, waiting.intent.number] = None
            self._tell_refused(waiting.intent, refusal)
        while len(self._refused) > MAX_REFUSALS:
            del self._refused[next(iter(self._refused))]
        if sealed is not None:
            self._tell_committed(sealed, local=True)
        for waiting, versions in batch.taken:
            if waiting.done is not None and not waiting.done.done():
                elements = {element_id: self.state.elements[element_id] for element_id in versions}
                waiting.done.set_result(Receipt(self.state.seq, versions, elements))
        for waiting, seq in batch.repeated:
            self._settle_repeated(waiting, seq)
        self._note_crowding()

    def _settle_repeated(self, waiting: _Pending, seq: int) -> None:
        if waiting.done is not None and not waiting.done.done():
            waiting.done.set_exception(Repeated(seq))
        self._tell(lambda listener: listener.repeated(self, waiting.intent))

    def _current(self, draft: Draft, intent: Intent) -> list[dict[str, object]]:
        """The intent's elements as they are, for its author: as many as fit a moderate frame."""
        current: list[dict[str, object]] = []
        left = MAX_REFUSAL_BYTES
        for element_id in element_ids(intent.ops):
            element = draft.current(element_id)
            if element is None:
                continue
            left -= encoded_size(element)
            if left < 0:
                break
            current.append(msgspec.to_builtins(element))
        return current

    # Following the log

    async def _catch_up_if_behind(self) -> None:
        noticed, self._noticed = self._noticed, {}
        try:
            while (sealed := noticed.pop(self.state.seq + 1, None)) is not None:
                self._take_over(sealed)
        except LogCorrupt as error:
            logger.warning("canvas %s: a hint does not hold (%s)", self.canvas_id, error)
            self._look_at_log = True
        if self._look_at_log or any(seq > self.state.seq for seq in noticed):
            waiting, self._refreshing = self._refreshing, []
            try:
                await self._catch_up()
            except BaseException:
                self._refreshing += waiting
                raise
            self._look_at_log = bool(self._refreshing)
            for refreshed in waiting:
                if not refreshed.done():
                    refreshed.set_result(None)

    async def _catch_up(self) -> bool:
        """Reads and takes over the commits that others wrote. True when there were any."""
        missed = await in_thread(log.read, self.canvas_id, self.state.seq)
        self._set_degraded(False)
        for sealed in missed:
            self._take_over(sealed)
        return bool(missed)

    def _take_over(self, sealed: Sealed) -> None:
        self.state.replay(sealed)
        self._remember(sealed)
        self._tell_committed(sealed, local=False)

    def _remember(self, sealed: Sealed) -> None:
        self._recent.append(_Kept(sealed.seq, sealed.body, sealed.hash))
        self._recent_bytes += len(sealed.body)
        while len(self._recent) > RECENT_COMMITS or self._recent_bytes > RECENT_BYTES:
            self._recent_bytes -= len(self._recent.popleft().body)

    # Checkpoints

    async def _checkpoint_forever(self) -> None:
        failures = 0
        while True:
            await asyncio.sleep(CHECKPOINT_SECONDS * 2 ** min(failures, 5))
            try:
                await self._checkpoint()
                failures = 0
            except Unavailable as error:
                failures += 1
                logger.warning("canvas %s: %s", self.canvas_id, error)
            except Exception:
                failures += 1
                logger.exception("canvas %s: the checkpoint failed", self.canvas_id)

    async def _checkpoint(self) -> None:
        state = self.state
        if state.checkpoint_seq == state.seq:
            return
        dirty, state.unwritten = state.unwritten, {}
        todo = checkpoints.Checkpoint(
            state.canvas_id, state.seq, state.hash, state.at, list(dirty.values()), dict(state.clients)
        )
        try:
            await in_thread(checkpoints.write, todo)
        except BaseException:
            state.unwritten = dirty | state.unwritten
            raise
        state.checkpoint_seq = todo.seq

    # What it tells

    async def _wait_for_store(self, error: Unavailable) -> None:
        self._look_at_log = True
        self._set_degraded(True, error)
        await asyncio.sleep(_BACKOFF_SECONDS[-1])
        self._wake.set()

    def _set_degraded(self, degraded: bool, error: Unavailable | None = None) -> None:
        if degraded != self.degraded:
            self.degraded = degraded
            logger.warning("canvas %s: %s", self.canvas_id, f"not saving: {error}" if degraded else "saving again")
            self._tell(lambda listener: listener.saving_changed(self))

    def _note_crowding(self) -> None:
        filled = max(len(self._pending) / MAX_PENDING_INTENTS, self._pending_bytes / MAX_PENDING_BYTES)
        crowded = filled > (0.1 if self.crowded else 0.25)
        if crowded != self.crowded:
            self.crowded = crowded
            self._tell(lambda listener: listener.saving_changed(self))

    def _tell_committed(self, sealed: Sealed, *, local: bool) -> None:
        self._tell(lambda listener: listener.committed(self, sealed, local=local))

    def _tell_refused(self, intent: Intent, refusal: Refused) -> None:
        self._tell(lambda listener: listener.refused(self, intent, refusal))

    def _tell(self, call: Callable[[RoomListener], None]) -> None:
        if self.listener is None:
            return
        try:
            call(self.listener)
        except Exception:
            logger.exception("canvas %s: a listener failed", self.canvas_id)
