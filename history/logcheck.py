"""One canvas of the running product: its log against its archive, its digests, its snapshots, and what stands in the
table. Blocking; changes nothing.

What is compared with the log is read before it, and the log only grows: what it lacks then, it lacks. What the worker
has not archived yet, or no checkpoint has written yet, is no finding.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from canvasapp.commits import unseal
from canvasapp.elements import Element
from canvasapp.exceptions import LogCorrupt
from canvasapp.items import ELEMENT_PREFIX, HEAD_SK, ElementItem, HeadItem, canvas_key, commit_key
from canvasapp.log import query_raw
from canvasapp.state import CanvasState, Mark
from history import timetravel
from history.archive import archived_head
from history.canvases import Listed
from history.digests import DigestCheck, PublicKey
from history.documents import CanvasProgress, CommitArchive, ParkedRecord, Snapshot
from history.log import link_of, links, stored
from history.projection import ArchivedCommit, Image, PoisonRecord, project_items
from history.signing import digests_of
from history.standing import Standing
from history.verification import Chain, Code, Finding, Link

COMMITS_AT_ONCE = 200
SIGNED_WITHIN = timedelta(days=2)  # sign_digests runs daily; a day's grace
_COMMIT = {"PK", "SK", "kind", "seq", "commit_id", "at", "hash", "format", "parts", "body"}
_PART = {"PK", "SK", "kind", "body"}


class Place(msgspec.Struct):
    """What a check knows after commit `seq`, up to which all was well: its whole memory.

    So going on from here is the same as never having stopped: the hash stands for all commits before it, and the first
    one read must continue it. Elements are those of the replay, tombstones included.
    """

    canvas: str
    seq: int
    hash: bytes
    at: str
    elements: list[Element]
    clients: dict[str, Mark]


class CanvasCheck:
    def __init__(self, listed: Listed, keys: Mapping[str, PublicKey], now: datetime) -> None:
        self.canvas = listed.canvas
        self.findings: list[Finding] = []
        self._keys = keys
        self._now = now
        self._chain = Chain(self.canvas)
        self._state: CanvasState | None = CanvasState(self.canvas)

    @property
    def seq(self) -> int:
        return self._chain.seq

    def run(self, place: Place | None = None) -> Iterator[int]:
        """Yields the number of commits checked, a few hundred at a time. Raises Unavailable and MongoDB's errors."""
        archived_before = archived_head(self.canvas)
        standing = self._standing()
        digests = self._digests()
        snapshots = {int(kept.seq): kept for kept in Snapshot.objects(canvas=self.canvas, part=0).exclude("body")}
        if place is not None and place.seq <= standing.checkpoint and self._still_there(place):
            self._go_on(place)
            digests.begin_after(place.seq)
        if self._state is not None:
            self.findings += standing.begin(self._state)
        commits = stored(self.canvas, self.seq)
        while chunk := list(islice(commits, COMMITS_AT_ONCE)):
            found = list(self._read(chunk))
            self._compare_archive(found)
            for link in filter(None, map(self._link, found)):
                self.findings += self._chain.follow(link) + digests.at_commit(link)
                self._sign_of_age(link, digests)
                self._replay(link, standing, snapshots.get(link.seq))
            yield len(chunk)
        self._end(archived_before, standing, digests)

    def place(self) -> Place | None:
        """None where something was found: that canvas is then checked anew."""
        state = self._state
        if state is None or self.findings:
            return None
        return Place(self.canvas, state.seq, state.hash, state.at, list(state.elements.values()), state.clients)

    def _standing(self) -> Standing:
        pk = canvas_key(self.canvas)
        heads = list(query_raw(pk, HeadItem.sk == HEAD_SK))  # before the elements, as canvasapp.checkpoint.load does
        standing = Standing(
            self.canvas,
            heads[0] if heads else None,
            list(query_raw(pk, ElementItem.sk.startswith(ELEMENT_PREFIX))),
            self._now,
        )
        if not heads:
            self.findings.append(Finding(Code.HEAD, self.canvas, "it has no head record"))
        self.findings += standing.findings
        return standing

    def _digests(self) -> DigestCheck:
        check = DigestCheck(self.canvas, self._keys)
        for day, signed in digests_of(self.canvas, self.findings):
            self.findings += check.take(signed, day)
        return check

    def _still_there(self, place: Place) -> bool:
        try:
            return [link.hash for link in links(self.canvas, place.seq - 1, place.seq)] == [place.hash.hex()]
        except LogCorrupt:
            return False

    def _go_on(self, place: Place) -> None:
        state = CanvasState(self.canvas, place.seq, place.hash, place.at)
        for element in place.elements:
            state.put(element)
        state.clients = place.clients
        self._state = state
        self._chain = Chain(self.canvas, place.seq, place.hash, place.at)

    def _read(self, chunk: list[tuple[int | None, list[Image]]]) -> Iterator[ArchivedCommit]:
        for seq, items in chunk:
            for image in items:
                expected = _PART if "#" in image["SK"]["S"].partition("#")[2] else _COMMIT
                if extra := image.keys() ^ expected:
                    self._found(Code.LOG_ITEM, f"its item has other attributes: {', '.join(sorted(extra))}", seq)
            if seq is None:
                keys = ", ".join(str(image["SK"]["S"]) for image in items[:3])
                self._found(Code.LOG_ITEM, f"{len(items)} items among the commits are none: {keys}"[:300])
                continue
            try:
                yield project_items(items)
            except PoisonRecord as error:
                self._found(Code.LOG_ITEM, str(error), seq)

    def _link(self, commit: ArchivedCommit) -> Link | None:
        try:
            return link_of(commit)
        except LogCorrupt as error:
            self._found(Code.BODY, str(error), commit.seq)
            return None

    def _compare_archive(self, commits: list[ArchivedCommit]) -> None:
        if not commits:
            return
        first, last = commits[0].seq, commits[-1].seq
        head = archived_head(self.canvas)  # everything below is archived by now, or never will be
        kept = {
            int(item.seq): item for item in CommitArchive.objects(canvas=self.canvas, seq__gte=first, seq__lte=last)
        }
        # Retention says what it will remove before it does, so this is read behind the archive.
        progress = CanvasProgress.objects(canvas=self.canvas).only("kept_from").first()
        kept_from = int(progress.kept_from) if progress else 0
        for commit in commits:
            item = kept.get(commit.seq)
            if item is not None:
                if wrong := _differences(item, commit):
                    self._found(Code.ARCHIVE, f"archive and log differ in {', '.join(wrong)}", commit.seq)
            elif kept_from <= commit.seq <= head:
                parked = ParkedRecord.objects(item_pk=canvas_key(self.canvas), item_sk=commit_key(commit.seq)).first()
                why = f"parked: {parked.error}" if parked else "and not parked"
                self._found(Code.ARCHIVE_MISSING, f"it is not in the archive, {why}"[:300], commit.seq)

    def _sign_of_age(self, link: Link, digests: DigestCheck) -> None:
        signed = digests.last.seq if digests.last else 0
        if not self._keys or link.seq != signed + 1:
            return
        if datetime.fromisoformat(self._chain.at) < self._now - SIGNED_WITHIN:
            self._found(Code.DIGEST_MISSING, "commits from here on are in no digest: did sign_digests run?", link.seq)

    def _replay(self, link: Link, standing: Standing, snapshot: Snapshot | None) -> None:
        if self._state is None:
            return
        try:
            self._state.replay(unseal(link.body, bytes.fromhex(link.hash), link.format))
        except Exception as error:  # whatever a forged commit does to the replay
            self._state = None
            if not any(finding.seq == link.seq for finding in self.findings):
                self._found(Code.REPLAY, f"{type(error).__name__}: {error}"[:300], link.seq)
            return
        self.findings += standing.after(self._state)
        if snapshot is not None:
            self._compare_snapshot(snapshot, self._state)

    def _compare_snapshot(self, snapshot: Snapshot, state: CanvasState) -> None:
        try:
            kept = timetravel.snapshot_before(self.canvas, state.seq)
        except Exception as error:  # whatever was written into it
            self._found(Code.SNAPSHOT, f"it cannot be read: {error}"[:300], state.seq)
            return
        live = {element.id: element for element in state.live_elements()}
        parts = Snapshot.objects(canvas=self.canvas, seq=state.seq).count()
        told = (kept.seq, kept.hash, kept.at, kept.elements, snapshot.time, snapshot.format, snapshot.parts)
        same = told == (state.seq, state.hash, state.at, live, _moment(state.at), timetravel.FORMAT, parts)
        if not same and Snapshot.objects(pk=snapshot.pk):  # else retention removed it meanwhile
            self._found(Code.SNAPSHOT, "the log says otherwise", state.seq)

    def _end(self, archived_before: int, standing: Standing, digests: DigestCheck) -> None:
        if archived_before > self.seq:
            self._found(
                Code.LOG_MISSING, f"the archive has commits up to {archived_before}; the log ends at {self.seq}"
            )
        self.findings += digests.end(self.seq)
        if self._state is not None:
            self.findings += standing.end(self.seq)

    def _found(self, code: Code, detail: str, seq: int | None = None) -> None:
        self.findings.append(Finding(code, self.canvas, detail, seq))


def _moment(at: str) -> datetime:
    """As MongoDB keeps it: in milliseconds."""
    moment = datetime.fromisoformat(at).astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _differences(item: CommitArchive, commit: ArchivedCommit) -> list[str]:
    told = {
        "commit_id": commit.commit_id,
        "at": commit.at,
        "time": _moment(commit.at),
        "hash": commit.hash,
        "format": commit.format,
        "body": commit.body,
        "part_sizes": [len(body) for body in commit.bodies],
        "fingerprint": commit.fingerprint,
    }
    return [name for name, value in told.items() if getattr(item, name) != value]
