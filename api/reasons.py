"""Every reason that the api can answer: its HTTP status, and what a person can do about it. Pure.

The engine's own reasons are here too. One that is not is answered like `refused`; a test finds it before.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Reason(NamedTuple):
    """How a reason is answered."""

    status: int
    advice: str


UNKNOWN = "refused"

_ACCESS = {
    "unauthenticated": Reason(401, "Log in, then send the token or the cookie of that login."),
    "forbidden": Reason(403, "Ask a person whose role may do this, or have the role given to you."),
    "csrf": Reason(403, "Send this request from our own page, with the csrf_token of your login as X-CSRF-Token."),
    "locked_out": Reason(429, "Wait as many seconds as Retry-After says, then try again."),
}
_REQUEST = {
    "bad_request": Reason(400, "Send a well-formed body of the documented media type, as UTF-8."),
    "not_found": Reason(404, "Look the path up in /api/v1/openapi.json."),
    "method_not_allowed": Reason(405, "Use one of the methods in the Allow header."),
    "content_too_large": Reason(413, "Send a shorter body."),
    "range_not_satisfiable": Reason(416, "Ask for one range of bytes inside the length in Content-Range."),
    "invalid_request": Reason(422, "Correct the values that `errors` names."),
    "bad_cursor": Reason(422, "Use `next` of the page before, or leave the cursor out to begin anew."),
    "bad_day": Reason(422, "Give an existing day as YYYY-MM-DD."),
    "bad_time": Reason(422, "Give a day as YYYY-MM-DD, or a time with its offset as in RFC 3339."),
    "too_many_rows": Reason(422, "Narrow the filters, or take fewer days: a file holds 1,048,575 rows."),
    "simulations_busy": Reason(429, "Try again shortly, with fewer hours or days."),
    "clips_busy": Reason(429, "Try again shortly: other clips are being cut."),
    "exports_busy": Reason(429, "Wait until another export is done, then try again."),
    "bad_length": Reason(422, "Give a min_s that is at most max_s."),
    "too_many_days": Reason(422, "Give a from and a to at most 92 days apart, or fewer filters."),
    "bad_subject": Reason(422, "Name the campaign or region; leave it out for everything."),
    "below_minimum": Reason(422, "Give more days: TIANZHOU_RETENTION_MIN_DAYS says what the law demands."),
    "bad_hours": Reason(422, "Give an opens_at that is before closes_at."),
    "bad_callback_time": Reason(422, "Give a time of the next 30 days, inside the campaign's calling window."),
    "bad_customers": Reason(422, "Keep each least time at or below its most, and one share above zero."),
    "malformed_number": Reason(
        422, "Give a whole Chinese mobile or fixed-line number; in a search, or its last four digits."
    ),
    "malformed_prefix": Reason(422, "Give at least two digits of a Chinese number, or a + and a foreign code."),
    "bad_stretch": Reason(422, "Give seconds inside of the recording, each stretch ending after it begins."),
    "too_many_bytes": Reason(422, "Send no more than the size_bytes that the import was made with."),
    "bad_columns": Reason(422, "Give one meaning for each of the file's heads, in their order."),
    "no_phone_column": Reason(422, "Say which column is the phone number."),
    "consent_incomplete": Reason(422, "Say who got the consent, on which ground, and where the proof lies."),
    "unknown_disposition": Reason(422, "Choose one of the listed dispositions."),
}
_THINGS = {
    "unknown_campaign": Reason(404, "Look for it in GET /api/v1/campaigns; a stopped one takes no agents."),
    "unknown_lead": Reason(404, "Look for it by its number in GET /api/v1/leads; it may be another agent's."),
    "unknown_call": Reason(404, "Look for it in GET /api/v1/calls; it may be over, or another agent's."),
    "unknown_recording": Reason(404, "Look for it in GET /api/v1/recordings; it may be another agent's."),
    "unknown_hold": Reason(404, "Look for it in GET /api/v1/holds?lifted=true."),
    "unknown_erasure": Reason(404, "Look for it in GET /api/v1/erasures."),
    "hold_lifted": Reason(409, "Set another hold if the call must be held again."),
    "no_history": Reason(409, "Let the campaign dial by itself for a while, then try again."),
    "not_present": Reason(409, "The recording's `reason` says why there is none."),
    "erasure_open": Reason(409, "Have the order decided that is open: GET /api/v1/erasures."),
    "own_order": Reason(409, "Ask another manager: two persons decide on this."),
    "already_decided": Reason(409, "Read the order again: somebody was quicker."),
    "unknown_incident": Reason(404, "Look for it in GET /api/v1/incidents?which=all."),
    "incident_closed": Reason(409, "Read it again: somebody, or the program itself, closed it."),
    "unknown_callback": Reason(404, "Look for it in GET /api/v1/callbacks; it may be another agent's."),
    "callback_ended": Reason(409, "Read it again: the call was made, or somebody cancelled it."),
    "unknown_note": Reason(404, "Look for it in the recording's notes."),
    "not_your_note": Reason(409, "Ask its author, a QA supervisor or the manager to withdraw it."),
    "unknown_entry": Reason(404, "Look for it in GET /api/v1/dnc and /dnc/prefixes."),
    "listed_already": Reason(409, "Leave it: it is not called."),
    "unknown_withdrawal": Reason(404, "Look for it in GET /api/v1/dnc/withdrawals."),
    "withdrawal_open": Reason(409, "Have it decided: GET /api/v1/dnc/withdrawals?open=true."),
    "withdrawn_already": Reason(409, "Read it again with GET /api/v1/dnc?withdrawn=true."),
    "refused_again": Reason(409, "Refuse the withdrawal: its owner has asked again not to be called."),
    "unknown_user": Reason(404, "Look for the person in GET /api/v1/users."),
    "unknown_session": Reason(404, "It has ended already, or is another person's: see GET /api/v1/auth/sessions."),
    "no_audio": Reason(404, "The recording's `reason` says why there is no audio."),
    "audio_missing": Reason(404, "Tell QA: sealed audio is not in its store. `tianzhou verify` says more."),
    "audio_broken": Reason(409, "Tell QA: the stored audio cannot be read. `tianzhou verify` says more."),
    "key_missing": Reason(409, "The recording cannot be opened without its key. `tianzhou doctor` says more."),
    "no_ledger_key": Reason(409, "Export it on the machine that has secrets.json with the ledger's key."),
    "ledger_broken": Reason(409, "Tell QA at once: `tianzhou verify` says which rows were changed."),
    "no_session": Reason(404, "Start your shift first: POST /api/v1/agents/me/session."),
    "name_taken": Reason(409, "Choose another name."),
    "wrong_transition": Reason(409, "Read the campaign's state again: it allows other steps."),
    "campaign_stopped": Reason(409, "Make a new campaign: a stopped one is not changed any more."),
    "unknown_import": Reason(404, "Look for it in GET /api/v1/numbers/imports."),
    "unknown_list": Reason(404, "Look for it in GET /api/v1/numbers/lists."),
    "wrong_import_state": Reason(409, "Read the import again: its state allows other steps."),
    "wrong_offset": Reason(409, "Read the import again and go on from its received_bytes."),
    "numbers_in_use": Reason(409, "Take the numbers back first; those that were dialed stay."),
    "unknown_team": Reason(404, "Look for it in GET /api/v1/teams."),
    "leads_already": Reason(409, "Choose another leader: each leads one team."),
    "no_team": Reason(409, "Have a supervisor make a team and put the person into it: POST /api/v1/teams."),
    "not_your_agent": Reason(409, "Choose agents of the leader's own team: GET /api/v1/teams."),
    "request_reused": Reason(409, "Give each order a request_id of its own; repeat one only with the same order."),
    "unknown_move": Reason(404, "Look for it in GET /api/v1/numbers/moves."),
    "not_undoable": Reason(409, "Order the move that puts it right instead."),
    "undone_already": Reason(409, "Read the move again: reversed_by is its counter-entry."),
    "numbers_moved_on": Reason(409, "GET /api/v1/numbers/moves/{id} names them; move those back one by one."),
    "numbers_missing": Reason(
        409, "GET /api/v1/numbers/differences names each; a supervisor looks into it and settles it."
    ),
    "numbers_open": Reason(409, "Take them back first, or say that they are to be left open."),
    "no_phone": Reason(409, "Ask your supervisor to give your account an extension."),
    "no_practice": Reason(409, "Start Tianzhou with its practice floor: `make run`."),
}
_ENGINE = {
    UNKNOWN: Reason(409, "Read the detail; if it does not help, ask the system administrator."),
    "dnc": Reason(409, "Do not call this number: its owner asked not to be called."),
    "no_consent": Reason(409, "File the proof of consent with the lead first."),
    "outside_hours": Reason(409, "Call when it is daytime there and the campaign is open."),
    "closing_soon": Reason(409, "Call tomorrow: nothing is dialed so shortly before closing."),
    "after_abandon": Reason(409, "Let the dialer wait, or have an agent call by hand."),
    "list_off": Reason(409, "Switch the list on first."),
    "frequency_cap": Reason(409, "Call another day: this number was called often enough."),
    "max_attempts": Reason(409, "Leave it: all attempts that the campaign allows are used."),
    "caller_id_not_allowed": Reason(409, "Give the campaign a caller number that is on the allow-list."),
    "not_issued": Reason(409, "Call a number that was issued to you."),
    "recorder_down": Reason(409, "Wait until the recorder works: no call without a recording. See /health."),
    "disk_reserve": Reason(409, "Free some disk: no call that could not be recorded. See /health."),
    "recording_at_risk": Reason(409, "Have the open incident seen to: in doubt the recording wins over the call."),
    "asterisk_down": Reason(409, "Wait until Asterisk is back. See /health."),
    "store_down": Reason(409, "Wait until PostgreSQL is back. See /health."),
    "trunk_full": Reason(409, "Try again in some seconds: all lines are in use."),
    "stopping": Reason(409, "Wait until the dialer has started again."),
    "campaign_not_running": Reason(409, "Have the campaign started first."),
    "which_campaign": Reason(409, "Name the campaign: your session has several."),
    "not_your_campaign": Reason(409, "Name one of your session's campaigns."),
    "emergency_stop": Reason(409, "Wait until a manager or supervisor lifts the emergency stop."),
    "disposition_missing": Reason(409, "Say first what came of your last call."),
    "session_exists": Reason(409, "End the session that you have first."),
    "not_ready": Reason(409, "Finish the call you have in hand first."),
    "state_forbidden": Reason(409, "Do this in another state: the detail says which one you are in."),
    "not_your_call": Reason(409, "Leave it to the agent whose call it is."),
    "not_last_call": Reason(409, "Dial the number by hand, or leave it: only your last call is dialed again."),
    "not_in_wrap_up": Reason(409, "Hang up first; the disposition belongs to the time after the call."),
    "phone_not_registered": Reason(409, "See that your phone is on and registered, then try again."),
    "unknown_command": Reason(409, "Update the dialer: it is older than the api."),
}
_FAULTS = {
    "internal_error": Reason(500, "Tell the system administrator the X-Request-ID: the api's log has the rest."),
    "database_unavailable": Reason(503, "Try again shortly; `tianzhou doctor` says more."),
    "engine_unavailable": Reason(503, "Look at the state before you repeat it; /health says how the dialer is."),
    "ledger_unavailable": Reason(503, "Try again shortly: nothing is heard or taken away without its ledger row."),
    "storage_unavailable": Reason(503, "Try again shortly; `tianzhou doctor` says more."),
}

REASONS: Mapping[str, Reason] = {**_ACCESS, **_REQUEST, **_THINGS, **_ENGINE, **_FAULTS}


def look_up(reason: str) -> Reason:
    """How a reason is answered; an unknown one like `refused`."""
    return REASONS.get(reason, REASONS[UNKNOWN])
