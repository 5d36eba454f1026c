"""Bundles of canvases of the running product. Blocking."""

from collections.abc import Iterator

from history.bundle import Refused, Start, bundle_write
from history.log import links
from history.signing import digests_of, public_keys
from history.verification import Finding


def canvas_bundle(canvas: str, after: int = 0) -> Iterator[bytes]:
    """The bundle of all commits above `after`, in pieces, which read the log as they go.

    Raises bundle.Refused, LogCorrupt and Unavailable, here and while it is read.
    """
    faults: list[Finding] = []
    signed = [one for _, one in digests_of(canvas, faults)]  # before the log: each is of a commit that it has
    if faults:
        raise Refused(f"a digest cannot be read ({faults[0]}); verify_log tells more")
    start = Start()
    for link in links(canvas, after - 1, after) if after else ():
        start = Start(after, link.hash)
    if start.after != after:
        raise Refused(f"there is no commit {after}")
    return bundle_write(canvas, start, links(canvas, after), signed, public_keys().values())
