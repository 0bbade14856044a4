"""Every second of audio from the moment it is on disk."""
