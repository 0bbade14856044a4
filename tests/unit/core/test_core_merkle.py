"""The tree: RFC 6962's own figures, and what no proof may ever do."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.merkle import (
    EMPTY_ROOT,
    Span,
    Tree,
    consistency_spans,
    fold,
    inclusion_spans,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
    split,
    subtrees,
)

# the leaves and roots that Certificate Transparency's implementations test each other with
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
sizes = st.integers(1, 140)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(n).encode()) for n in range(count)]


def by_definition(hashes: list[bytes]) -> bytes:
    """RFC 6962 2.1, word for word."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    middle = split(len(hashes))
    return node_hash(by_definition(hashes[:middle]), by_definition(hashes[middle:]))


def proof_of(hashes: list[bytes], spans: list[Span]) -> list[bytes]:
    return [by_definition(hashes[span.start : span.end]) for span in spans]


@pytest.mark.parametrize("size", ROOTS)
def test_the_known_roots(size: int) -> None:
    assert root_of(leaf_hash(bytes.fromhex(text)) for text in LEAVES[:size]).hex() == ROOTS[size]


@given(st.integers(0, 520))
def test_the_root_is_that_of_the_definition_and_goes_on_from_a_frontier(size: int) -> None:
    hashes = leaves(size)
    tree = Tree()
    for leaf in hashes[: size // 2]:
        tree.add(leaf)
    later = Tree(tree.size, tree.peaks)
    for leaf in hashes[size // 2 :]:
        later.add(leaf)
    assert later.root() == by_definition(hashes)
    for level, index, digest in [*tree.tiles, *later.tiles]:
        assert level == 8
        assert digest == by_definition(hashes[index << level : (index + 1) << level])
    assert len(tree.tiles) + len(later.tiles) == size // 256


def test_a_frontier_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="no frontier"):
        Tree(3, [EMPTY_ROOT])


@given(sizes, st.data())
def test_each_leaf_is_proven_and_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes, root = leaves(size), root_of(leaves(size))
    proof = proof_of(hashes, inclusion_spans(index, size))
    assert is_included(hashes[index], index, size, proof, root)
    assert not is_included(leaf_hash(b"another"), index, size, proof, root)
    assert not is_included(hashes[index], index, size, proof, leaf_hash(b"another"))
    assert not is_included(hashes[index], index, size, [*proof, root], root)
    assert not is_included(hashes[index], size, size, proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else 1
    assert not is_included(hashes[index], other, size, proof, root)
    if proof:
        assert not is_included(hashes[index], index, size, proof[:-1], root)


@given(sizes, st.data())
def test_a_beginning_is_proven_and_a_rewritten_past_is_not(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    hashes = leaves(new)
    before, after = root_of(hashes[:old]), root_of(hashes)
    proof = proof_of(hashes, consistency_spans(old, new))
    assert is_consistent(old, new, proof, before, after)
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*hashes[:changed], leaf_hash(b"rewritten"), *hashes[changed + 1 :]]
    lie = proof_of(rewritten, consistency_spans(old, new))
    assert not is_consistent(old, new, lie, before, root_of(rewritten))
    assert not is_consistent(old, new, proof, leaf_hash(b"x"), after)
    assert not is_consistent(old, new, proof, before, leaf_hash(b"x"))
    assert not is_consistent(old, new, [*proof, after], before, after)
    if proof:
        assert not is_consistent(old, new, proof[:-1], before, after)


def test_what_is_no_proof_at_all() -> None:
    assert not is_consistent(0, 1, [], EMPTY_ROOT, EMPTY_ROOT)
    assert not is_consistent(3, 5, [], EMPTY_ROOT, EMPTY_ROOT)
    with pytest.raises(ValueError, match="not among"):
        inclusion_spans(3, 3)
    with pytest.raises(ValueError, match="no beginning"):
        consistency_spans(4, 3)


@given(sizes, st.data())
def test_a_span_of_a_proof_is_made_of_whole_subtrees(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    spans = inclusion_spans(data.draw(st.integers(0, size - 1)), size)
    spans += consistency_spans(data.draw(st.integers(1, size)), size)
    for span in spans:
        parts = subtrees(span)
        roots = [by_definition(hashes[index << level : (index + 1) << level]) for level, index in parts]
        assert fold(roots) == by_definition(hashes[span.start : span.end])
        assert all(one[0] > other[0] for one, other in pairwise(parts))
