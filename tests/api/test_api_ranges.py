"""The Range header's reader, by hand and by Hypothesis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.recordings.ranges import HEADER_MAX, BadRange, Span, parse

sizes = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("header", "span"),
    [
        (None, None),
        ("bytes=0-", Span(0, 100)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=10-19", Span(10, 20)),
        ("bytes=90-1000", Span(90, 100)),
        ("bytes=-1", Span(99, 100)),
        ("bytes=-1000", Span(0, 100)),
        ("BYTES= 5-6 ", Span(5, 7)),
        ("items=0-1", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_what_is_read(header: str | None, span: Span | None) -> None:
    assert parse(header, 100) == span


@pytest.mark.parametrize(
    "header",
    [
        "bytes=",
        "bytes=-",
        "bytes=-0",
        "bytes=100-",
        "bytes=5-4",
        "bytes=0-1,2-3",
        "bytes=0-1,",
        "bytes=a-b",
        "bytes=1",
        "bytes=+1-2",
        "bytes=１-2",
        "bytes=0x1-2",
        "bytes=1 0-20",
        "bytes=--5",
        "bytes=0-" + "9" * 16,
        "bytes=0-" + "1" * HEADER_MAX,
    ],
)
def test_what_is_refused(header: str) -> None:
    with pytest.raises(BadRange):
        parse(header, 100)


@given(st.text(), sizes)
def test_any_text_gives_bytes_of_the_file_or_a_refusal(tail: str, size: int) -> None:
    for header in (tail, "bytes=" + tail):
        try:
            span = parse(header, size)
        except BadRange:
            continue
        assert span is None or 0 <= span.start < span.end <= size


@given(st.data(), st.integers(1, 10**12))
def test_a_range_within_the_file_is_given_exactly(data: st.DataObject, size: int) -> None:
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    assert parse(f"bytes={start}-{end - 1}", size) == Span(start, end)
    assert parse(f"bytes={start}-", size) == Span(start, size)
    assert parse(f"bytes=-{end - start}", size) == Span(size - (end - start), size)
    assert Span(start, end).length == end - start


@given(st.integers(0, 10**14), sizes)
def test_nothing_behind_the_end(start: int, size: int) -> None:
    if start >= size:
        with pytest.raises(BadRange):
            parse(f"bytes={start}-", size)
