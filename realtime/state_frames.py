"""A canvas's whole state as frames of bounded size, made without holding up the event loop."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from canvasapp.elements import Element
from realtime.protocol import STATE_PART_BYTES

ENVELOPE_BYTES = 200
ELEMENTS_AT_A_TIME = 500  # about a millisecond of encoding

_encoder = msgspec.json.Encoder()


async def state_frames(seq: int, elements: list[Element]) -> AsyncIterator[str]:
    """`state` messages in order, each of at most STATE_PART_BYTES (an element's limit is far below)."""
    groups: list[list[bytes]] = [[]]
    left = STATE_PART_BYTES - ENVELOPE_BYTES
    for place, element in enumerate(elements):
        if place % ELEMENTS_AT_A_TIME == ELEMENTS_AT_A_TIME - 1:
            await asyncio.sleep(0)
        encoded = _encoder.encode(element)
        if len(encoded) + 1 > left and groups[-1]:
            groups.append([])
            left = STATE_PART_BYTES - ENVELOPE_BYTES
        groups[-1].append(encoded)
        left -= len(encoded) + 1
    for part, group in enumerate(groups, start=1):
        head = f'{{"type":"state","seq":{seq},"part":{part},"parts":{len(groups)},"elements":['.encode()
        yield (head + b",".join(group) + b"]}").decode()
