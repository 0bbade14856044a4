"""The voices of the scripted practice floor cannot be taken for one another."""

from ari_bridge.node.tones import agent_tones, customer_tones
from dialer.machine import PHONES


def test_known_pairs() -> None:
    assert customer_tones("13926000321") == (420, 1800)
    assert agent_tones("1001") == (809, 2100)


def test_no_customer_sounds_like_an_agent() -> None:
    customers = {hertz for n in range(400) for hertz in customer_tones(f"13900{n:06d}")}
    agents = {hertz for n in range(PHONES) for hertz in agent_tones(str(1001 + n))}
    assert min(abs(one - other) for one in customers for other in agents) >= 20


def test_four_hundred_numbers_in_a_row_and_all_phones_differ() -> None:
    assert len({customer_tones(f"13900{n:06d}") for n in range(400)}) == 400
    assert len({agent_tones(str(1001 + n)) for n in range(PHONES)}) == PHONES


def test_everything_fits_a_telephone() -> None:
    for n in range(PHONES):
        assert all(300 <= hertz <= 3_400 for hertz in agent_tones(str(1001 + n)))
