"""What a broker that is not itself yet does to a connection: a proxy before it hangs up on whoever comes."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
import uvloop

from shared.rabbitmq import connected

TIMES = 20


@pytest.fixture
def hanging_up() -> Iterator[int]:
    """The port of a server that takes every connection and ends it at once."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            with contextlib.suppress(OSError):  # the server is closed
                while True:
                    connection, _ = server.accept()
                    connection.shutdown(socket.SHUT_WR)
                    taken.append(connection)

        taking = threading.Thread(target=take)
        taking.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        taking.join()
    for connection in taken:
        connection.close()


def test_a_connection_that_is_ended_before_it_began_is_a_broker_that_is_away(hanging_up: int) -> None:
    """Not a bug that ends the service: a follower waits for it. On the loop of uvicorn the end is seen early."""

    async def connect() -> None:
        for _ in range(TIMES):
            with pytest.raises(ConnectionError):
                async with connected(f"amqp://nobody:nothing@127.0.0.1:{hanging_up}/"):
                    pass

    uvloop.run(connect())
