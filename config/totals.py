"""The last line of bin/test: the sum of the runners' JUnit files, and an exit code that fails with any of them.

python -m config.totals FOLDER FAILED_STEP...
"""

import sys
from pathlib import Path
from xml.etree import ElementTree

RUNNERS = ("vitest", "pytest", "playwright")


def count(report: Path) -> tuple[int, int, int]:
    """passed, failed, skipped."""
    cases = list(ElementTree.parse(report).iter("testcase"))  # noqa: S314 - written by our own runners
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    return len(cases) - failed - skipped, failed, skipped


def main(folder: Path, failed_steps: list[str]) -> int:
    counts = {name: count(folder / f"{name}.xml") for name in RUNNERS if (folder / f"{name}.xml").exists()}
    passed, failed, skipped = (sum(column) for column in zip(*counts.values(), (0, 0, 0), strict=True))
    # A step can fail without a failed test: a linter, or a runner that did not come to write its report.
    failed += sum(counts.get(step, (0, 0, 0))[1] == 0 for step in failed_steps)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
