"""One Asterisk on this machine: its packages, its configuration files, its start."""
