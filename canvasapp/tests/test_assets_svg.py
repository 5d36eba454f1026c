"""Nothing in a stored SVG runs and nothing in it is fetched; what is drawn stays."""

import re
import time

import pytest

from canvasapp import assets_svg
from canvasapp.assets_svg import BadSvg, svg_clean
from canvasapp.tests.pictures import SVG

ATTACKS = [
    b"<script>alert(1)</script>",
    b"<script href='https://evil.example/x.js'/>",
    b"<x:script xmlns:x='http://www.w3.org/2000/svg'>alert(1)</x:script>",
    b"<script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>",
    b"<g onload='alert(1)'/>",
    b"<rect OnClick='alert(1)' width='5' height='5'/>",
    b"<foreignObject><iframe xmlns='http://www.w3.org/1999/xhtml' src='https://evil.example'/></foreignObject>",
    b"<foreignObject><body xmlns='http://www.w3.org/1999/xhtml' onload='alert(1)'/></foreignObject>",
    b"<a href='javascript:alert(1)'><text>x</text></a>",
    b"<a href='&#106;avascript:alert(1)'><text>x</text></a>",
    b"<a xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='java&#10;script:alert(1)'><text>x</text></a>",
    b"<set attributeName='href' to='javascript:alert(1)'/>",
    b"<a><animate attributeName='href' values='javascript:alert(1)'/><text>x</text></a>",
    b"<a><animate xmlns:xlink='http://www.w3.org/1999/xlink' attributeName='xlink:href' to='javascript:alert(1)'/></a>",
    b"<animate attributeName='onclick' to='alert(1)'/>",
    b"<image href='https://evil.example/x.png'/>",
    b"<image href='//evil.example/x.png'/>",
    b"<image href='/accounts/'/>",
    b"<image href='data:image/svg+xml;base64,PHN2Zy8+'/>",
    b"<image href='data:text/html;base64,PHNjcmlwdD4='/>",
    b"<use href='https://evil.example/x.svg#a'/>",
    b"<use href='data:image/svg+xml,%3Csvg/%3E#a'/>",
    b"<feImage href='https://evil.example/x.png'/>",
    b"<style>@import url('https://evil.example/x.css');</style>",
    b"<style>@import 'https://evil.example/x.css';</style>",
    b"<style>@\\69mport 'https://evil.example/x.css';</style>",
    b"<style>rect{fill:url(https://evil.example/x)}</style>",
    b"<style>rect{fill:URL( 'https://evil.example/x' )}</style>",
    b"<style>rect{background:image-set('https://evil.example/x' 1x)}</style>",
    b"<style>@font-face{font-family:x;src:url(https://evil.example/f.woff)}</style>",
    b"<style>rect{fill:u\\72l(https://evil.example/x)}</style>",
    b"<style>rect{fill:url(https://evil.example/x</style>",
    b"<style><![CDATA[</style><script>alert(1)</script>]]></style>",
    b"<rect style='fill:url(https://evil.example/x)'/>",
    b"<rect fill='url(https://evil.example/x#y)'/>",
    b"<rect filter='u&#114;l(https://evil.example/x#y)'/>",
    b"<rect style='behavior:expression(alert(1))'/>",
    b"<iframe src='https://evil.example'/>",
    b"<embed src='https://evil.example'/>",
    b"<object data='https://evil.example'/>",
    b"<audio src='https://evil.example/x.mp3'/>",
    b"<handler type='application/ecmascript'>alert(1)</handler>",
    b"<g xml:base='https://evil.example/'><use href='#x'/></g>",
    b"<?xml-stylesheet href='https://evil.example/x.css'?>",
    b"<metadata><x xmlns='https://evil.example/ns' onload='alert(1)'/></metadata>",
]
# What runs or is fetched. A namespace's name and the text that a drawing shows are neither.
LIVE = re.compile(
    rb"<\w*:?script|\son\w+\s*=|javascript:|evil\.example|foreignObject|/accounts|@import|data:(?!image/png)", re.I
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_runs_and_nothing_is_fetched(attack):
    try:
        cleaned = svg_clean(SVG % (b"<circle r='7'/>" + attack))
    except BadSvg:
        return
    assert LIVE.search(cleaned.data) is None, cleaned.data
    assert b'r="7"' in cleaned.data


def test_the_attacks_are_looked_at_one_by_one():
    """Most get through as drawings without what was harmful, so that the test above looks at something."""
    passed = 0
    for attack in ATTACKS:
        try:
            svg_clean(SVG % attack)
        except BadSvg:
            continue
        passed += 1
    assert passed > len(ATTACKS) * 0.8


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + SVG % b"<text>&b;</text>",
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SVG % b"<text>&a;</text>",
        b'<!DOCTYPE svg [<!ENTITY % p SYSTEM "https://evil.example/x.dtd"> %p;]>' + SVG % b"",
        SVG % b"<g>",
        SVG % b"<text>&undefined;</text>",
        SVG % (b"<g>" * 5_000 + b"</g>" * 5_000),
        SVG % b"<rect",
    ],
)
def test_what_grows_reaches_out_or_is_broken_is_refused(data):
    with pytest.raises(BadSvg):
        svg_clean(data)


def test_it_is_bounded(monkeypatch):
    monkeypatch.setattr(assets_svg, "MAX_ELEMENTS", 50)
    with pytest.raises(BadSvg):
        svg_clean(SVG % (b"<g/>" * 60))
    monkeypatch.setattr(assets_svg, "MAX_BYTES", 100)
    with pytest.raises(BadSvg):
        svg_clean(SVG % (b" " * 100))


MANY = b" " * 100_000


@pytest.mark.parametrize(
    "attack",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' width='1" + MANY + b"x'/>",
        SVG % (b"<image href='data:image/png;base64,AAAA" + MANY + b"!'/>"),
        SVG % (b"<rect fill='url(" + MANY + b"'/>"),
        SVG % (b"<rect fill='" + b"url(" * 50_000 + b"'/>"),
        SVG % (b"<rect fill='url(#a" + MANY + b"!)'/>"),
        SVG % (b"<rect style='fill:url(\"" + MANY + b"'/>"),
        SVG % (b"<style>a{fill:url('#a" + MANY + b"</style>"),
        SVG % (b"<style>a{fill:url" + MANY + b"x</style>"),
    ],
)
def test_no_pattern_is_read_again_and_again(attack):
    """Uploads wait for two decoders: one that counts spaces for an hour would be one less."""
    began = time.thread_time()
    svg_clean(attack)
    assert time.thread_time() - began < 1


def test_what_is_drawn_stays():
    drawing = (
        b"<defs><linearGradient id='g'><stop offset='0' stop-color='red'/></linearGradient></defs>"
        b"<style>.a { fill: url(#g); stroke: #123 }</style><rect class='a' x='1' width='5' height='5'/>"
        b"<path d='M0 0L5 5' fill='url(#g)'/><text>caf\xc3\xa9 <tspan>two</tspan></text>"
        b"<image href='data:image/png;base64,iVBORw0KGgo=' width='3' height='3'/><use href='#g'/>"
    )
    kept = svg_clean(SVG % drawing).data
    for part in (
        b"linearGradient",
        b".a { fill: url(#g); stroke: #123 }",
        b'd="M0 0L5 5"',
        b'fill="url(#g)"',
        "café".encode(),
        b"data:image/png;base64,iVBORw0KGgo=",
        b'href="#g"',
    ):
        assert part in kept


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        (b"width='40' height='30'", (40, 30)),
        (b"width='40px' viewBox='0 0 80 20'", (40, 10)),
        (b"viewBox='0,0,80,20'", (80, 20)),
        (b"width='100%' height='100%'", (300, 300)),
        (b"width='1in' height='2.54cm'", (96, 96)),
        (b"width='1e99' height='-3'", (300, 300)),
        (b"width='99999999' height='5'", (10_000, 5)),
        (b"", (300, 300)),
    ],
)
def test_its_size(attributes, size):
    cleaned = svg_clean(b"<svg xmlns='http://www.w3.org/2000/svg' %b><rect/></svg>" % attributes)
    assert (cleaned.width, cleaned.height) == size
