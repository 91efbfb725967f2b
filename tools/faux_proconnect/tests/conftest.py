"""One provider for the folder, on a free loopback port, reset before each test."""

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

sys.path.insert(0, str(Path(__file__).parent))

from faux_proconnect.app import create_app
from faux_proconnect.provider import Provider
from faux_proconnect.settings import Settings
from navigateur import POST_LOGOUT_URI, REDIRECT_URI, SECRET, Navigateur


@pytest.fixture(scope="session")
def base() -> Iterator[str]:
    """The address of a running provider."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(
        port=port,
        client_id="coop",
        client_secret=SECRET,
        redirect_uris=REDIRECT_URI,
        post_logout_uris=POST_LOGOUT_URI,
    )
    config = uvicorn.Config(create_app(Provider(settings)), log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def nouveau(base: str) -> Iterator[Callable[..., Navigateur]]:
    """Makes browsers that know nothing yet."""
    opened: list[Navigateur] = []

    def make(client_id: str = "coop", secret: str = SECRET) -> Navigateur:
        opened.append(Navigateur(base, client_id, secret))
        return opened[-1]

    yield make
    for navigateur in opened:
        navigateur.http.close()


@pytest.fixture
def navigateur(nouveau: Callable[..., Navigateur]) -> Navigateur:
    """A browser before a provider as it was at its start."""
    navigateur = nouveau()
    navigateur.test("reset", {})
    return navigateur
