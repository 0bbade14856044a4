"""The live floor: who is at work, which calls are in the air, how the day goes."""
