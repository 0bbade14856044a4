"""What can be wrong with a node; each says in one sentence what is wrong and what to do.

NodeError
 +-- FetchError        no Asterisk could be had: apt, network, signature, architecture
 +-- WrongVersion      an Asterisk is there and too old
 +-- BadDataDir        the data folder's path cannot be written into Asterisk's files
 +-- TemplateError     a template asks for a value nobody gives
 +-- PortTaken         somebody else listens on one of our ports
 +-- NotPrepared       `prepare` has not run
 +-- NotReady          Asterisk did not answer in time
"""


class NodeError(Exception):
    """Base of all faults of this folder; its text is for a person."""


class FetchError(NodeError):
    """No Asterisk could be fetched."""


class WrongVersion(NodeError):
    """The Asterisk found is older than the oldest one we trust."""


class BadDataDir(NodeError):
    """The data folder's path holds a character that Asterisk's files give a meaning."""


class TemplateError(NodeError):
    """A template names a value that does not exist."""


class PortTaken(NodeError):
    """A port of ours is in use."""


class NotPrepared(NodeError):
    """The node has not been prepared."""


class NotReady(NodeError):
    """Asterisk did not answer as fully booted in time."""
