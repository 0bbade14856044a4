"""What each scripted voice of the practice floor sounds like: a pair of tones named by the number or the extension.

Customers use 400-780 Hz and 1000-1950 Hz, agents 800-971 Hz and 2050-3000 Hz: no frequency belongs to both, so a
recording tells who spoke on which leg. The carrier's dialplan computes the same pairs; a test compares them live.
"""


def customer_tones(number: str) -> tuple[int, int]:
    """The pair in Hz that the customer at `number` plays; its last six digits decide."""
    n = int(number[-6:])
    return 400 + 20 * (n % 20), 1000 + 50 * (n // 20 % 20)


def agent_tones(extension: str) -> tuple[int, int]:
    """The pair in Hz that the phone `extension` (1001 to 1020) plays."""
    n = int(extension) % 20
    return 800 + 9 * n, 2050 + 50 * n
