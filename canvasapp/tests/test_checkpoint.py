"""CP rules against DynamoDB: what is written behind the log, and that loading is right whatever was written."""

from canvasapp import checkpoint
from canvasapp.testing import move, rectangle
from canvasapp.tests.conftest import crash, facts, replayed, submit


async def test_cp3_commits_after_the_last_checkpoint_are_in_the_next_one(canvas, open_room):
    """Also when another process made them: it may have died before writing them."""
    died = await open_room(canvas)
    await submit(died, rectangle("e1"), rectangle("e2"))
    await died._checkpoint()
    await submit(died, move("e1", 5))
    crash(died)
    heir = await open_room(canvas)
    await submit(heir, move("e2", 7))
    await heir.close()
    assert facts(checkpoint.load(canvas)) == facts(replayed(canvas))
