"""Whether whoever opened a socket is still signed in."""

import pytest
from asgiref.sync import sync_to_async

from projects.models import User
from projects.services import user_sign_out_everywhere
from realtime.auth import Refusal, check_signed_in
from realtime.protocol import Close


async def refusal(user: User, session_hash: str) -> Close | None:
    try:
        await check_signed_in(str(user.pk), session_hash)
    except Refusal as refused:
        return refused.code
    return None


@pytest.mark.django_db(transaction=True)
async def test_cl_a_socket_does_not_outlive_the_session_that_opened_it():
    dora = await sync_to_async(User.objects.create_user)("dora", password="a long password")
    opened = dora.get_session_auth_hash()
    assert await refusal(dora, opened) is None
    await sync_to_async(user_sign_out_everywhere)(user=dora)
    assert await refusal(dora, opened) == Close.GOING_AWAY
    opened = dora.get_session_auth_hash()
    assert await refusal(dora, opened) is None
    dora.set_password("another long password")
    await dora.asave()
    assert await refusal(dora, opened) == Close.GOING_AWAY
    dora.is_active = False
    await dora.asave()
    assert await refusal(dora, dora.get_session_auth_hash()) == Close.NO_ACCESS
