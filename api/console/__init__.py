"""The console: its pages are written in `web/`, built into `files/`, and served from there."""
