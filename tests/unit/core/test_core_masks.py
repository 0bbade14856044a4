"""What may be shown of a number."""

import pytest

from dialer.core.numbers import mask


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+8613812341234", "138****1234"),
        ("+861088881234", "****1234"),
        ("10010", "****"),
        ("", "****"),
    ],
)
def test_a_masked_number_names_nobody(number: str, shown: str) -> None:
    assert mask(number) == shown
