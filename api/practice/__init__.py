"""The practice floor: its people, its campaign, its agents' behaviour."""
