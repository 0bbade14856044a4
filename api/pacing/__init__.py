"""How a campaign is paced: tuned, watched, explained, and tried before it is changed."""
