"""AX5 of history/SPEC.md: one user's burst of costly questions leaves room for everybody else's."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import pytest

from canvasapp.testing import build_intent, rectangle
from history import turns
from history.tests.conftest import Canvas
from history.turns import turn
from projects.exceptions import RateLimited, Unavailable
from projects.testing import Api, assert_problem


class Asking:
    """Threads that ask for turns and keep them until they are told."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self.let_go = Semaphore(0)
        self.had: list[str] = []

    def ask(self, user: str, kept: bool = True) -> tuple[Future[None], Event]:
        has_it = Event()

        def wait() -> None:
            with turn(user):
                self.had.append(user)
                has_it.set()
                if kept:
                    assert self.let_go.acquire(timeout=30)

        return self._pool.submit(wait), has_it


@pytest.fixture
def asking():
    with ThreadPoolExecutor(turns.MOST_ASKED + 4) as pool:
        asked = Asking(pool)
        yield asked
        asked.let_go.release(turns.MOST_ASKED + 4)


def test_ax5_a_user_has_one_turn_at_a_time_and_another_user_is_served_beside(asking):
    _, first = asking.ask("ada")
    assert first.wait(30)
    _, second = asking.ask("ada")
    done, _ = asking.ask("bob", kept=False)
    done.result(30)
    assert not second.is_set()
    asking.let_go.release()
    assert second.wait(30)
    assert asking.had == ["ada", "bob", "ada"]


def test_ax5_a_long_queue_takes_no_more(asking):
    asked = [asking.ask("ada") for _ in range(turns.MOST_ASKED)]
    while turns._asked["ada"] < turns.MOST_ASKED:
        time.sleep(0.001)
    with pytest.raises(RateLimited), turn("ada"):
        pass
    asking.let_go.release(turns.MOST_ASKED)
    for done, _ in asked:
        done.result(30)
    with turn("ada"):
        pass
    assert not turns._asked


def test_ax5_who_waits_in_vain_is_told_and_forgotten(asking, monkeypatch):
    _, first = asking.ask("ada")
    assert first.wait(30)
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.01)
    with pytest.raises(Unavailable), turn("ada"):
        pass
    assert turns._asked["ada"] == 1


def test_ax5_what_fails_gives_its_turn_back():
    with pytest.raises(ValueError, match="x"), turn("ada"):
        raise ValueError("x")
    assert not turns._asked
    assert not turns._having


@pytest.mark.django_db
def test_ax5_over_rest_costly_questions_wait_and_others_do_not(board: Canvas, project, alice, monkeypatch):
    board.commit(build_intent(rectangle("a"), user=str(alice.pk)))
    board.record()
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.01)
    api, canvas, history = Api(alice), f"canvases/{board.id}/", f"projects/{project.id}/history/"
    calls: list[Callable[[], Any]] = [
        lambda: api.get(f"{canvas}at/?seq=1"),
        lambda: api.get(f"{canvas}at/thumbnail.svg?seq=1"),
        lambda: api.get(f"{canvas}elements/a/blame/"),
        lambda: api.get(f"{canvas}bundle/"),
        lambda: api.post(f"{canvas}restore/", {"seq": 1, "dry_run": True}),
        lambda: api.post(f"{canvas}revert/", {"from_seq": 1, "dry_run": True}),
        lambda: api.get(history),
        lambda: api.get(f"{history}counts/"),
        lambda: api.get(f"{history}export/"),
    ]
    with turn(str(alice.pk)):
        for call in calls:
            assert_problem(call(), 503, "unavailable")
        assert api.get(canvas).status_code == 200
    for call in calls:
        assert call().status_code == 200
    assert not turns._asked


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize("path", ["projects/{project}/history/export/", "canvases/{canvas}/bundle/"])
def test_ax5_each_piece_of_a_file_waits_for_its_turn(board: Canvas, project, alice, monkeypatch, path):
    board.commit(build_intent(rectangle("a"), user=str(alice.pk)))
    board.record()
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(turns, "MOST_ASKED", 1)
    user = str(alice.pk)
    file = Api(alice).get(path.format(project=project.id, canvas=board.id))
    begun = Event()

    def hold_until_it_waits() -> None:
        with turn(user):
            begun.set()
            while turns._asked[user] < 2:
                time.sleep(0.001)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold_until_it_waits)
        assert begun.wait(30)
        assert b"".join(file)
        held.result(30)
    assert not turns._asked
