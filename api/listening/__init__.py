"""Hearing a recording: who did, from where and why; what was noted at its seconds; what happened at them."""
