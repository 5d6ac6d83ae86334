"""One real server over the seeded shop, shared by the tests of this folder."""

import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from seamless_retail.core.settings import Settings
from seamless_retail.graphs.assembly import assemble
from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.serve import create_app
from seamless_retail.graphs.serve.listening import take_port
from seamless_retail.graphs.serve.tokens import issue_token

NewClient = Callable[..., httpx.Client]


@pytest.fixture(scope="session")
def server_settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The seeded home, conversations in a file of their own, and a signing key that leaves the home as it is."""
    threads = tmp_path_factory.mktemp("server") / "threads.db"
    changed = {"checkpoint_url": f"sqlite:///{threads}", "auth_secret": secrets.token_hex(32)}
    return Settings(**{**settings.model_dump(), **changed})


@contextmanager
def serving(settings: Settings, parts: Parts) -> Iterator[str]:
    """A server on a free port of this machine, while the block runs; yields its address."""
    listening = take_port("127.0.0.1", 0)
    app = create_app(settings, parts=parts)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="session")
def server_url(server_settings: Settings, parts: Parts) -> Iterator[str]:
    """The address of a server."""
    with serving(server_settings, parts) as url:
        yield url


@pytest.fixture
def writing_client(
    server_settings: Settings, parts: Parts, seeded_database: Path, tmp_path: Path, token_of: Callable[[str], str]
) -> Iterator[NewClient]:
    """Makes clients of a server over a copy of the shop, whose orders may be changed."""
    from seamless_retail.core.database import open_shop

    shop = open_shop(f"sqlite:///{shutil.copy(seeded_database, tmp_path / 'shop.db')}")
    with serving(server_settings, assemble(parts=parts, shop=shop)) as url, ExitStack() as stack:

        def make(customer: str = "") -> httpx.Client:
            headers = {"authorization": f"Bearer {token_of(customer)}"} if customer else {}
            return stack.enter_context(httpx.Client(base_url=url, headers=headers, timeout=60))

        yield make


@pytest.fixture(scope="session")
def token_of(server_settings: Settings) -> Callable[[str], str]:
    """Signs a token for a customer."""
    return lambda customer: issue_token(server_settings, customer, timedelta(hours=1))


@pytest.fixture
def new_client(server_url: str, token_of: Callable[[str], str]) -> Iterator[NewClient]:
    """Makes clients with cookies of their own: a new guest, or a customer with a token."""
    clients: list[httpx.Client] = []

    def make(customer: str = "") -> httpx.Client:
        headers = {"authorization": f"Bearer {token_of(customer)}"} if customer else {}
        clients.append(httpx.Client(base_url=server_url, headers=headers, timeout=60))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
