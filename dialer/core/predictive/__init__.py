"""Predictive pacing: how many calls to place before an agent is free, learned from a day's events alone.

durations.py   how long a talk or a wrap-up goes on, given how long it has gone on
ringing.py     how long it rings before a person answers
answers.py     the chance that a call placed now is answered, followed through sudden changes
lookahead.py   the chance that one more call, if answered, finds no agent in time
budget.py      the price of an abandon: what chance of losing a call the budget allows now
pacing.py      these together: facts in, lines to place with the reason out
"""
