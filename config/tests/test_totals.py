import pytest

from config.totals import main

CASES = "<testsuites><testsuite>{}</testsuite></testsuites>"
PASSED, FAILED = '<testcase name="a"/>', '<testcase name="b"><failure/></testcase>'
ERROR, SKIPPED = '<testcase name="c"><error/></testcase>', '<testcase name="d"><skipped/></testcase>'


@pytest.mark.parametrize(
    ("reports", "steps", "line", "code"),
    [
        ({"pytest": PASSED + PASSED, "vitest": PASSED + SKIPPED}, [], "3 passed, 0 failed, 1 skipped", 0),
        ({"pytest": PASSED + FAILED + ERROR}, ["pytest"], "1 passed, 2 failed, 0 skipped", 1),
        ({"pytest": PASSED}, ["ruff"], "1 passed, 1 failed, 0 skipped", 1),
        ({"pytest": PASSED, "vitest": FAILED}, ["vitest", "playwright"], "1 passed, 2 failed, 0 skipped", 1),
        ({}, [], "0 passed, 0 failed, 0 skipped", 1),
    ],
)
def test_the_last_line_adds_up_and_a_failed_step_always_shows(tmp_path, capsys, reports, steps, line, code):
    for runner, cases in reports.items():
        (tmp_path / f"{runner}.xml").write_text(CASES.format(cases))
    assert main(tmp_path, steps) == code
    assert capsys.readouterr().out == f"{line}\n"
