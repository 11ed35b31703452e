"""A port for a server that chooses its own."""

import secrets
import socket

FIRST, LAST = 10_240, 32_767
"""Below the ports that systems give to outgoing connections: while a server of ours restarts, such a
connection could take its port, even one of a client that tries to reach it (TCP lets it meet itself)."""


def free_port() -> int:
    """A port of this machine that nobody uses at this moment."""
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST + 1)
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether a server could listen there; connections that are still closing are no hindrance."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
