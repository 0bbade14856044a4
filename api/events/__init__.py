"""Live changes by server-sent events: one reader of the log per process, any number of viewers."""
