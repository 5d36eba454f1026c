"""The board: what people are shown of each other, merged between frames."""

import msgspec
import pytest
from msgspec import UNSET

from realtime.presence import Board
from realtime.protocol import Peer, PresenceMessage, UserInfo

ALICE, BOB = UserInfo("1", "Alice", "#f00"), UserInfo("2", "Bob", "#0f0")


def say(**fields):
    return msgspec.convert(fields, PresenceMessage)


def drag(x, element="box", gesture="g"):
    return say(preview={"gesture": gesture, "ops": [{"op": "update", "id": element, "set": {"position.x": x}}]})


@pytest.fixture
def board():
    board = Board()
    board.join("a", ALICE, "here", "editor")
    board.join("b", BOB, "here", "viewer")
    board.take()
    return board


def shown(board):
    """As JSON has it."""
    return msgspec.to_builtins(board.take())


def test_pr_joining_tells_who_it_is_and_leaving_tells_null():
    board = Board()
    board.join("a", ALICE, "here", "editor")
    assert board.take() == {"a": {"user": ALICE, "role": "editor"}}
    board.leave("a")
    assert board.take() == {"a": None}
    assert board.peers == {}


def test_pr_one_frame_has_the_last_of_what_was_said(board):
    board.update("a", say(cursor={"x": 1, "y": 1}, tool="hand"))
    board.update("a", say(cursor={"x": 2, "y": 2}))
    board.update("b", say(cursor=None))
    assert shown(board) == {"a": {"cursor": {"x": 2, "y": 2}, "tool": "hand"}, "b": {"cursor": None}}
    assert not board.dirty
    assert board.take() == {}


def test_pr_a_stranger_is_ignored(board):
    board.update("nobody", say(tool="hand"))
    assert not board.dirty


def test_pr_who_leaves_and_comes_back_between_frames_is_new(board):
    board.update("a", say(tool="hand"))
    board.leave("a")
    board.join("a", ALICE, "here", "editor")
    assert board.take() == {"a": {"user": ALICE, "role": "editor"}}


def test_pr_previews_of_one_gesture_merge(board):
    board.update("a", drag(1))
    board.update("a", drag(2, "other"))
    board.update("a", drag(3))
    ops = shown(board)["a"]["preview"]["ops"]
    assert [(op["id"], op["set"]) for op in ops] == [("box", {"position.x": 3}), ("other", {"position.x": 2})]


def test_pr_updates_of_one_element_keep_their_other_paths(board):
    board.update("a", drag(1))
    board.update("a", say(preview={"gesture": "g", "ops": [{"op": "update", "id": "box", "set": {"position.y": 5}}]}))
    assert shown(board)["a"]["preview"]["ops"][0]["set"] == {"position.x": 1, "position.y": 5}


def test_pr_the_steps_of_a_stroke_are_all_kept(board):
    for at in range(3):
        points = {"op": "append", "id": "s", "path": "properties.points", "at": at, "values": [at]}
        board.update("a", say(preview={"gesture": "g", "ops": [points]}))
    assert [op["at"] for op in shown(board)["a"]["preview"]["ops"]] == [0, 1, 2]


def test_pr_another_gesture_and_null_replace_a_preview(board):
    board.update("a", drag(1, gesture="first"))
    board.update("a", drag(2, gesture="second"))
    assert [op["set"] for op in shown(board)["a"]["preview"]["ops"]] == [{"position.x": 2}]
    board.update("a", drag(1))
    board.update("a", say(preview=None))
    assert shown(board) == {"a": {"preview": None}}


def test_pr_a_preview_that_was_sent_is_not_sent_again(board):
    board.update("a", drag(1, "box"))
    board.take()
    board.update("a", drag(2, "other"))
    assert [op["id"] for op in shown(board)["a"]["preview"]["ops"]] == ["other"]


def test_pr_newcomers_get_no_previews(board):
    board.update("a", drag(1))
    board.update("a", say(tool="hand"))
    (peer,) = board.others("b")
    assert (peer.client, peer.tool, peer.preview) == ("a", "hand", UNSET)
    assert board.peers["a"].preview is not UNSET


def test_hb_another_process_tells_of_its_clients(board):
    board.relay("far", {"tool": "hand"}, "there")
    assert "far" not in board.peers  # whose it is comes with its process's roll
    board.relay("far", {"user": {"id": "3", "name": "C", "color": "#00f"}, "tool": "hand"}, "there")
    assert board.peers["far"].user.name == "C"
    assert set(shown(board)) == {"far"}
    board.relay("far", None, "elsewhere")
    assert "far" in board.peers  # not that process's to say
    board.relay("far", None, "there")
    assert board.take() == {"far": None}


def test_hb_a_roll_call_adds_and_removes(board):
    far = [Peer("x", ALICE, tool="hand"), Peer("y", BOB)]
    board.replace_all_of("there", far)
    assert shown(board)["x"] == {"user": {"id": "1", "name": "Alice", "color": "#f00"}, "tool": "hand"}
    board.replace_all_of("there", far[:1])
    assert board.take() == {"y": None}
    assert {"a", "b", "x"} == set(board.peers)
    board.leave_all_of("there")
    assert board.take() == {"x": None}


def test_hb_a_roll_call_moves_a_client_that_changed_its_server(board):
    board.replace_all_of("there", [Peer("a", ALICE)])
    assert board.origin("a") == "there"
    assert [peer.client for peer in board.of("here")] == ["b"]


def test_pr_who_has_a_socket_here_is_not_taken_over_by_what_another_process_says():
    board = Board("here")
    board.join("a", ALICE, "here", "editor")
    board.relay("a", {"tool": "hand"}, "elsewhere")
    board.replace_all_of("elsewhere", [Peer("a", ALICE)])
    board.relay("a", None, "elsewhere")
    assert board.origin("a") == "here"
    assert "a" in board.peers


def test_pr6_the_role_is_told_at_first_and_when_it_changes(board):
    assert {peer.client: peer.role for peer in board.others("nobody")} == {"a": "editor", "b": "viewer"}
    board.role("b", "viewer")
    assert not board.dirty
    board.role("b", "commenter")
    board.role("nobody", "owner")
    assert board.take() == {"b": {"role": "commenter"}}


def test_pr6_a_client_cannot_say_its_role(board):
    board.update("b", say(role="owner", user={"id": "1"}, client="a", tool="hand"))
    assert board.take() == {"b": {"tool": "hand"}}
    assert board.peers["b"].role == "viewer"


def test_hb_a_role_and_what_else_is_new_cross_processes(board):
    user = {"id": "3", "name": "C", "color": "#00f"}
    board.relay("far", {"user": user, "role": "viewer", "activity": "idle", "laser": True}, "there")
    board.relay("far", {"role": "editor", "activity": "active"}, "there")
    far = board.peers["far"]
    assert (far.role, far.activity, far.laser) == ("editor", "active", True)
