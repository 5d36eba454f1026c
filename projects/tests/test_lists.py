import datetime as dt

import pytest

from projects.lists import PAGE_CARDS, Asked, Traits, part

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def traits(number):
    return Traits(f"Row {number % 7}", NOW + dt.timedelta(days=number % 5), NOW + dt.timedelta(days=-number))


@pytest.mark.parametrize("query", [{}, {"sort": "odd", "show": "<b>", "page": "x"}, {"page": "0"}, {"page": "99999"}])
def test_what_is_odd_in_an_address_is_taken_as_not_said(query):
    assert Asked.read(query) == Asked()


def test_an_address_says_only_what_is_unusual():
    assert Asked().query() == "?"
    assert Asked(search="a b&c", sort="name", show="mine").query(2) == "?q=a+b%26c&sort=name&show=mine&page=2"


def test_searching_does_not_mind_capitals():
    assert part(range(14), Asked(search="ROW 3"), traits).rows == [3, 10]


@pytest.mark.parametrize(
    ("sort", "first"),
    [("changed", lambda row: -(row % 5)), ("name", lambda row: row % 7), ("created", lambda row: row)],
)
def test_sorting(sort, first):
    rows = part(range(20), Asked(sort=sort), traits).rows
    assert [first(row) for row in rows] == sorted(first(row) for row in rows)


def test_all_rows_are_on_some_page_and_none_on_two():
    total = 2 * PAGE_CARDS + 3
    pages = [part(range(total), Asked(page=page), traits) for page in (1, 2, 3, 4)]
    assert sorted(row for page in pages[:3] for row in page.rows) == list(range(total))
    assert [(page.previous, page.next) for page in pages[:3]] == [(None, 2), (1, 3), (2, None)]
    assert pages[3] == pages[2]


def test_an_empty_list_has_one_page():
    assert part([], Asked(page=5), traits) == part([], Asked(), traits)
