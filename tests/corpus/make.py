"""Writes the corpus: `python -m tests.corpus.make`. Never replaces a file: what is there is what was once written.

For a new format, or a new kind of op, add a canvas here, run it, and commit the new files.
"""

import base64
import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from canvasapp.commits import FORMAT, Sealed, pack, seal
from canvasapp.elements import FAMILIES, Element
from canvasapp.excalidraw import drawing_read
from canvasapp.ops import Append, Create, Delete, Op, Restore, Text, Update
from canvasapp.state import CanvasState, Draft, Intent
from canvasapp.testing import move, note, rectangle, typed
from canvasapp.text import edit
from history import bundle
from history.digests import FORMAT as DIGEST_FORMAT
from history.digests import NO_DIGEST, Digest, Signed, public_of, sign
from history.projection import wire_json
from history.verification import Link

FOLDER = Path(__file__).parent
DRAWING = FOLDER.parents[1] / "canvasapp" / "demo"
# Of the bundle's digests. It signs nothing else; everybody may know it.
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SNAPSHOT_FORMAT = 1


class Writer:
    """A canvas in the making, by the product's own drafts, with times and ids that are always the same."""

    def __init__(self, name: str) -> None:
        self.state = CanvasState(f"corpus-{name}")
        self.sealed: list[Sealed] = []
        self.numbers: dict[str, int] = {}

    def commit(self, *intents: Intent) -> None:
        draft = Draft(self.state, f"id-{self.state.seq + 1}", f"2026-01-{self.state.seq + 1:02d}T10:00:00.000Z")
        for intent in intents:
            draft.add(intent)
        sealed = draft.seal()
        self.state.adopt(draft, sealed)
        self.sealed.append(sealed)

    def by(self, user: str, *ops: Op, gesture: str | None = None) -> Intent:
        client = f"{user}-tab"
        self.numbers[client] = self.numbers.get(client, 0) + 1
        told = gesture if gesture is not None else msgspec.UNSET
        return Intent(client=client, user=user, number=self.numbers[client], ops=[*ops], gesture=told)

    def element(self, element_id: str) -> Element:
        return self.state.elements[element_id]


def shapes(w: Writer) -> None:
    """Every type, and every op on shapes; several people in a commit; gestures; intents folded into one entry."""
    kinds = [msgspec.structs.replace(rectangle(f"{kind}-1", 10, 20, fill="red"), type=kind) for kind in FAMILIES]
    w.commit(w.by("ada", *kinds))
    w.commit(
        w.by("ada", move("rectangle-1", 1), gesture="g1"),
        w.by("ada", move("rectangle-1", 2), gesture="g1"),
        w.by("grace", Update("ellipse-1", {"angle": 1.5, "index": "a1V", "dimensions.width": 7.25})),
    )
    w.commit(w.by("ada", Append("freedraw-1", "properties.points", 0, [[0, 0], [1.5, -2]])))
    w.commit(w.by("ada", Append("freedraw-1", "properties.points", 2, [[3, 4]])))
    w.commit(w.by("ada", Update("line-1", {"properties.deep.er": {"list": [1, None, True, "日本 \U0001f600"]}})))
    w.commit(w.by("ada", Update("line-1", {"properties.deep.er.list": None, "properties.fill": None})))
    w.commit(w.by("grace", Delete("diamond-1"), Delete("arrow-1")))
    w.commit(w.by("grace", Restore("diamond-1")))
    w.commit(w.by("ada", Create("plain", "rectangle", kinds[0].position, kinds[0].dimensions)))


def texts(w: Writer) -> None:
    """Typed together, set as a whole, and as programs before text ops left it."""
    w.commit(
        w.by("ada", note("t", "Hello", originalText="Hello"), note("old", "broken\nlines", originalText="broken lines"))
    )
    begun = w.element("t")
    w.commit(w.by("ada", typed(begun, "Hello there")), w.by("grace", Text("t", edit(None, "Hello", "Oh, Hello"))))
    w.commit(w.by("grace", typed(w.element("t"), "Oh, Hello there \U0001f600 ñ")))
    w.commit(w.by("ada", Update("t", {"properties.text": "set", "properties.size": 20})))
    w.commit(w.by("ada", typed(w.element("old"), "no lines")))
    w.commit(w.by("ada", Delete("old")))
    w.commit(w.by("ada", Restore("old")))
    # A log from before text ops sets the text; as_drafted would make a merge of that today.
    before = w.state
    commit = msgspec.structs.replace(
        w.sealed[-1].commit,
        seq=before.seq + 1,
        id=f"id-{before.seq + 1}",
        entries=[
            msgspec.structs.replace(
                w.sealed[-1].commit.entries[0],
                intent=before.clients["ada-tab"].intent + 1,
                ops=[Update("t", {"properties.text": "as once"})],
                before=[{"properties.text": "set"}],
            )
        ],
        versions={"t": w.element("t").version + 1},
    )
    sealed = seal(commit, before.hash)
    before.replay(sealed)
    w.sealed.append(sealed)


def references(w: Writer) -> None:
    """Elements that name each other, in one commit and after each other has gone and come back."""
    arrow = msgspec.structs.replace(rectangle("a"), type="arrow")
    bound = {
        "startBinding": {"elementId": "box", "focus": 0.5, "gap": 1},
        "endBinding": None,
        "points": [[0, 0], [9, 9]],
    }
    w.commit(
        w.by(
            "ada",
            rectangle("box", boundElements=[{"id": "a", "type": "arrow"}, {"id": "label", "type": "text"}]),
            note("label", "In a box", containerId="box"),
            msgspec.structs.replace(arrow, properties=bound),
            msgspec.structs.replace(rectangle("f"), type="frame"),
            rectangle("in", frameId="f", groupIds=["g1", "g2"]),
        )
    )
    w.commit(w.by("ada", Delete("box"), Update("a", {"properties.startBinding": None})))
    w.commit(w.by("ada", Restore("box"), Update("a", {"properties.startBinding": bound["startBinding"]})))
    w.commit(w.by("grace", Update("in", {"properties.frameId": None, "properties.groupIds": ["g2"]})))


def revived(w: Writer) -> None:
    """Under an id whose tombstone had passed its lifetime where this was accepted, an element is made anew."""
    w.commit(w.by("ada", rectangle("gone", fill="red")))
    w.commit(w.by("ada", Delete("gone")))
    tombstone = w.state.elements.pop("gone")
    w.commit(w.by("grace", rectangle("gone", 5, fill="blue")))
    assert w.element("gone").created_by != tombstone.created_by


def imported(w: Writer) -> None:
    """What an import makes of an Excalidraw file."""
    file = min(DRAWING.glob("*.excalidraw"), key=lambda path: path.stat().st_size)
    for batch in drawing_read(file.read_bytes()).batches():
        w.commit(w.by("ada", *msgspec.convert(batch, list[Op])))


def parts(w: Writer) -> None:
    """A commit whose body is in three items. The product's are larger; its readers count, and don't measure."""
    w.commit(w.by("ada", *(rectangle(f"e{number}", number, number * 2) for number in range(40))))
    w.commit(w.by("ada", move("e1", 7)))


CANVASES: dict[str, Callable[[Writer], None]] = {
    made.__name__: made for made in (shapes, texts, references, revived, imported, parts)
}


def items_of(sealed: Sealed, pieces: int) -> list[dict[str, Any]]:
    """As canvasapp.log writes them."""
    commit, packed = sealed.commit, pack(sealed.body)
    size = -(-len(packed) // pieces)
    bodies = [packed[start : start + size] for start in range(0, len(packed), size)]
    pk, sk = {"S": f"CANVAS#{commit.canvas}"}, f"COMMIT#{commit.seq:012d}"
    first = {
        "PK": pk,
        "SK": {"S": sk},
        "kind": {"S": "commit"},
        "seq": {"N": str(commit.seq)},
        "commit_id": {"S": commit.id},
        "at": {"S": commit.at},
        "hash": {"S": sealed.hash.hex()},
        "format": {"N": str(FORMAT)},
        "parts": {"N": str(len(bodies))},
        "body": {"B": bodies[0]},
    }
    rest = [
        {"PK": pk, "SK": {"S": f"{sk}#{number:03d}"}, "kind": {"S": "commit-part"}, "body": {"B": body}}
        for number, body in enumerate(bodies[1:], start=1)
    ]
    return [first, *rest]


def expected(state: CanvasState) -> dict[str, Any]:
    return {
        "canvas": state.canvas_id,
        "seq": state.seq,
        "hash": state.hash.hex(),
        "at": state.at,
        "digest": state.digest,
        "clients": msgspec.to_builtins(state.clients),
        "elements": [msgspec.to_builtins(state.elements[element_id]) for element_id in sorted(state.elements)],
    }


def snapshot_of(state: CanvasState) -> dict[str, Any]:
    """As history.timetravel writes it, in two parts."""
    body = zlib.compress(msgspec.json.encode(state.live_elements()))
    pieces = [body[:100], body[100:]]
    return {
        "format": SNAPSHOT_FORMAT,
        "canvas": state.canvas_id,
        "seq": state.seq,
        "at": state.at,
        "hash": state.hash.hex(),
        "parts": [base64.b64encode(piece).decode() for piece in pieces],
    }


def bundle_of(canvas: str, sealed: list[Sealed]) -> bytes:
    links = [Link(one.seq, one.commit.id, one.commit.at, one.hash.hex(), FORMAT, one.body) for one in sealed]
    signed: list[Signed] = []
    for day, link in (("2026-01-03", links[2]), ("2026-01-06", links[5])):
        digest = Digest(
            at=link.at,
            canvas=canvas,
            day=day,
            format=DIGEST_FORMAT,
            hash=link.hash,
            key=public_of(KEY).id,
            previous=signed[-1].hash if signed else NO_DIGEST,
            project="corpus",
            seq=link.seq,
        )
        signed.append(sign(digest, KEY))
    return b"".join(bundle.bundle_write(canvas, bundle.Start(), links, signed, [public_of(KEY)]))


def keep(path: Path, data: bytes) -> None:
    if path.exists():
        print(f"kept {path.name}")
        return
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    print(f"wrote {path.name}")


def readable(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def main() -> int:
    for name, made in CANVASES.items():
        writer = Writer(name)
        made(writer)
        pieces = 3 if name == "parts" else 1
        lines = [wire_json(items_of(sealed, pieces)) for sealed in writer.sealed]
        commits = FOLDER / f"commits-{FORMAT}" / f"{name}.jsonl"
        if commits.exists():
            print(f"kept {name}")
            continue
        keep(commits, "".join(f"{line}\n" for line in lines).encode())
        keep(commits.with_suffix(".expected.json"), readable(expected(writer.state)))
        if name == "shapes":
            keep(FOLDER / f"snapshots-{SNAPSHOT_FORMAT}" / f"{name}.json", readable(snapshot_of(writer.state)))
            keep(FOLDER / "bundles-1" / f"{name}.zip", bundle_of(writer.state.canvas_id, writer.sealed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
