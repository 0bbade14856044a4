"""Teams: a leader and the agents who get their numbers from him."""
