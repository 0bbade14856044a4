"""Backup and restore of one installation while it works.

The order of a backup, so that nothing can be missing from it:

1. The outbox, before and right after the snapshot: what leaves it in between is in the snapshot, and carrying a
   record over twice is harmless.
2. The database's snapshot S, exported; rows are counted and pg_dump reads within that same S.
3. The spool. A leg that was sealed since S is gone from it, but then its audio lies in the store; a call without
   one sound leaves no object, so its empty legs are written from its row.
4. The stored audio. An object is stored before its row is committed and never changes: all that S names is there.
   Then the wrapped keys of what was sealed since S: each is committed before its object is stored.
5. Asterisk's call records, last: they hold at least the calls whose end S knows.

What began after S is in none of it: calls that S does not know are left out, the next backup has them. A restore
turns the audio of a call that was sealed after S back into its two legs, and the worker seals it again.
"""
