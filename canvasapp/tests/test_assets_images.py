"""What is stored of an upload: pixels and nothing else, or a refusal."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, ImageSequence

from canvasapp import assets_images
from canvasapp.assets_images import BadImage, ImageTooLarge, NotAnImage, image_clean
from canvasapp.tests.pictures import SVG, animation, picture

PAGE = b"<html><script>alert(1)</script></html>"


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/webp"),
    ],
)
def test_each_type_is_told_by_its_content_and_kept_readable(kind, type_):
    cleaned = image_clean(picture(kind))
    assert (cleaned.type, cleaned.width, cleaned.height) == (type_, 40, 30)
    image = opened(cleaned.data)
    assert image.size == (40, 30)
    drawn = image.convert("RGB").tobytes()[:3]
    assert all(abs(now - before) < 6 for now, before in zip(drawn, b"\xc0\xff\xee", strict=True))


@pytest.mark.parametrize(
    "data",
    [
        PAGE,
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"\x00",
        b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><svg/></html>",
        "<svg xmlns='http://www.w3.org/2000/svg'/>".encode("utf-16"),
        b"BM" + bytes(60),
    ],
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(data):
    with pytest.raises(NotAnImage):
        image_clean(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_nothing_behind_the_picture_is_kept(kind):
    """A polyglot: a picture to one program, a page or an archive to another."""
    cleaned = image_clean(picture(kind) + PAGE + b"PK\x05\x06" + bytes(18))
    assert b"script" not in cleaned.data
    assert b"PK\x05\x06" not in cleaned.data


def test_nothing_said_beside_the_pixels_is_kept():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    jpeg = picture("JPEG", exif=exif, comment=b"<script>", icc_profile=b"PROFILE" * 20)
    assert b"taken at home" in jpeg
    cleaned = image_clean(jpeg)
    for trace in (b"taken at home", b"Exif", b"<script>", b"PROFILE", b"ICC"):
        assert trace not in cleaned.data

    text = b"tEXtComment\x00<script>alert(1)</script>"
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    png = picture("PNG")
    assert b"script" not in image_clean(png[:33] + chunk + png[33:]).data


def test_a_photo_is_turned_as_its_camera_was():
    exif = Image.Exif()
    exif[0x0112] = 6
    cleaned = image_clean(picture("JPEG", size=(60, 20), exif=exif))
    assert (cleaned.width, cleaned.height) == opened(cleaned.data).size == (20, 60)


def test_writing_a_photo_anew_costs_no_quality():
    noise = Image.effect_noise((64, 64), 60).convert("RGB")
    out = BytesIO()
    noise.save(out, "JPEG", quality=60)
    before = opened(out.getvalue()).convert("RGB")
    after = opened(image_clean(out.getvalue()).data).convert("RGB")
    differences = [abs(a - b) for a, b in zip(before.tobytes(), after.tobytes(), strict=True)]
    assert sum(differences) / len(differences) < 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_an_animation_goes_on_moving(kind):
    cleaned = image_clean(animation(kind))
    image = opened(cleaned.data)
    frames = [frame.convert("RGB").getpixel((5, 5)) for frame in ImageSequence.Iterator(image)]
    assert len(frames) == 3
    assert len(set(frames)) == 3
    image.seek(1)
    image.load()
    assert image.info["duration"] == 120


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    packed = zlib.compress(bytes(1024))

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (100_000, 1), (8_000, 8_000), (2**31 - 1, 2**31 - 1)])
def test_a_small_file_with_many_pixels_is_refused_before_they_are_made(width, height):
    with pytest.raises(ImageTooLarge):
        image_clean(bomb(width, height))


def test_a_text_that_grows_when_unpacked_is_refused():
    text = b"zTXta\x00\x00" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(text) - 4) + text + struct.pack(">I", zlib.crc32(text))
    png = picture("PNG")
    with pytest.raises(BadImage):
        image_clean(png[:33] + chunk + png[33:])


def test_an_animation_has_so_many_frames(monkeypatch):
    monkeypatch.setattr(assets_images, "MAX_FRAMES", 4)
    assert image_clean(animation(frames=4)).type == "image/gif"
    with pytest.raises(ImageTooLarge):
        image_clean(animation(frames=5))


def test_an_animation_may_take_so_long(monkeypatch):
    monkeypatch.setattr(assets_images, "MAX_SECONDS", -1)
    with pytest.raises(ImageTooLarge):
        image_clean(animation())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_half_a_picture_is_refused(kind):
    noise = Image.effect_noise((120, 90), 80).convert("RGB")
    out = BytesIO()
    noise.save(out, kind)
    with pytest.raises(BadImage):
        image_clean(out.getvalue()[: len(out.getvalue()) // 2])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
@pytest.mark.parametrize("seed", range(8))
def test_damage_is_refused_or_repaired_but_never_an_error_of_ours(kind, seed):
    data = bytearray(animation(kind) if kind in {"GIF", "WEBP"} else picture(kind))
    for step in range(12):
        at = (seed * 7919 + step * 104_729) % len(data)
        data[at] = (data[at] + 1 + seed * 31 + step) % 256
    try:
        cleaned = image_clean(bytes(data))
    except (NotAnImage, BadImage, ImageTooLarge):
        return
    assert opened(cleaned.data).size == (cleaned.width, cleaned.height)


def test_an_svg_is_one_with_or_without_a_prologue():
    for prologue in (b"", b"\xef\xbb\xbf", b'<?xml version="1.0"?>\n<!-- made by hand -->\n<!DOCTYPE svg>\n'):
        cleaned = image_clean(prologue + SVG % b"<rect/>")
        assert (cleaned.type, cleaned.width, cleaned.height) == ("image/svg+xml", 40, 30)
