"""The tree over the ledger's rows as RFC 6962 has it: one root for any number of rows, proofs that fit a page.

The root of n rows is kept as the frontier: the roots of the whole subtrees that n splits into, the largest first.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

EMPTY_ROOT = hashlib.sha256(b"").digest()
TILE_BITS = 8  # every 256 leaves, and every 256 such nodes, are worth keeping: a proof then reads little


class Node(NamedTuple):
    """A whole subtree of 2**level leaves, the nth (from 0) of its level."""

    level: int
    nth: int
    hash: bytes


class Span(NamedTuple):
    """Leaves start..end-1; a proof is the roots of such spans."""

    start: int
    end: int


def leaf_hash(row: bytes) -> bytes:
    """RFC 6962 2.1: a leaf can never be taken for a node."""
    return hashlib.sha256(b"\x00" + row).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A growing tree of which only the frontier is held: O(log n) memory however many rows there are.

    Raises ValueError when a frontier is not one of `size` leaves.
    """

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size, self.peaks = size, list(peaks)
        self.tiles: list[Node] = []  # the nodes of every eighth level that were completed; the caller may empty it
        if len(self.peaks) != size.bit_count():
            raise ValueError(f"{len(self.peaks)} peaks are no frontier of {size} leaves")

    def add(self, leaf: bytes) -> None:
        """One more leaf, given by its hash."""
        digest, index, level = leaf, self.size, 0
        while index & 1:
            digest = node_hash(self.peaks.pop(), digest)
            index, level = index >> 1, level + 1
            if level % TILE_BITS == 0:
                self.tiles.append(Node(level, index, digest))
        self.peaks.append(digest)
        self.size += 1

    def root(self) -> bytes:
        """The tree's hash now."""
        return fold(self.peaks)


def fold(peaks: Sequence[bytes]) -> bytes:
    """The root of neighbouring subtrees, each not larger than the one before it."""
    if not peaks:
        return EMPTY_ROOT
    digest = peaks[-1]
    for peak in reversed(peaks[:-1]):
        digest = node_hash(peak, digest)
    return digest


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root of these leaf hashes."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def split(size: int) -> int:
    """The largest power of two below `size` (2 or more): where RFC 6962 cuts a tree in two."""
    return 1 << (size - 1).bit_length() - 1


def subtrees(span: Span) -> list[tuple[int, int]]:
    """The whole subtrees (level, nth) that a span of the tree is made of, the largest first; `fold` joins them."""
    found, start = [], span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return found


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The proof that leaf `index` is among `size`: these spans' roots, the nearest first. Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not among {size}")
    spans, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The proof that the tree of `old` leaves is the beginning of that of `new`. Raises ValueError."""
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} leaves is no beginning of one of {new}")
    spans, start, end, known = [], 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start, known = middle, False
    return spans[::-1] if known else [Span(start, end), *spans[::-1]]


def is_included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf is the index-th of the tree with this root (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, digest = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            digest = node_hash(step, digest)
            while not place & 1:
                place, last = place >> 1, last >> 1
        else:
            digest = node_hash(digest, step)
        place, last = place >> 1, last >> 1
    return last == 0 and digest == root


def is_consistent(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the proof shows that nothing before leaf `old` changed up to `new` (RFC 9162 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    roots = _walked(old - 1, new - 1, path)
    return roots == (old_root, new_root)


def _walked(place: int, last: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Both roots that a consistency proof leads to; None when it is too short or too long."""
    if not path:
        return None
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for step in path[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    return (before, after) if last == 0 else None
