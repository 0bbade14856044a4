"""What the network said, from the SIP code where there is one, else from the Q.850 cause. Pure tables."""

from dialer.core.attempt import DialResult

_SIP: dict[int, DialResult] = {
    486: DialResult.BUSY,
    600: DialResult.BUSY,
    404: DialResult.INVALID,
    410: DialResult.INVALID,
    484: DialResult.INVALID,
    604: DialResult.INVALID,
    408: DialResult.NO_ANSWER,
    480: DialResult.NO_ANSWER,
    487: DialResult.NO_ANSWER,
    603: DialResult.REJECTED,
    607: DialResult.REJECTED,
    608: DialResult.REJECTED,
    500: DialResult.CONGESTION,
    502: DialResult.CONGESTION,
    503: DialResult.CONGESTION,
    504: DialResult.CONGESTION,
}

_Q850: dict[int, DialResult] = {
    1: DialResult.INVALID,
    22: DialResult.INVALID,
    28: DialResult.INVALID,
    17: DialResult.BUSY,
    16: DialResult.NO_ANSWER,  # cleared normally before an answer: we, or the far end, gave up ringing
    18: DialResult.NO_ANSWER,
    19: DialResult.NO_ANSWER,
    20: DialResult.NO_ANSWER,
    127: DialResult.NO_ANSWER,
    21: DialResult.REJECTED,
    34: DialResult.CONGESTION,
    38: DialResult.CONGESTION,
    41: DialResult.CONGESTION,
    42: DialResult.CONGESTION,
    44: DialResult.CONGESTION,
}

_CDR: dict[str, DialResult] = {
    "ANSWERED": DialResult.ANSWERED,
    "BUSY": DialResult.BUSY,
    "NO ANSWER": DialResult.NO_ANSWER,
    "CONGESTION": DialResult.CONGESTION,
    "FAILED": DialResult.FAILED,
}


def dial_result(cause: int | None, tech_cause: int | None) -> DialResult:
    """The result of a call that was not answered; FAILED for what no table knows."""
    if tech_cause in _SIP:
        return _SIP[tech_cause]
    return _Q850.get(cause or 0, DialResult.FAILED)


def cdr_result(disposition: str) -> DialResult:
    """The result of a call by the word in Asterisk's call record."""
    return _CDR.get(disposition, DialResult.UNKNOWN)
