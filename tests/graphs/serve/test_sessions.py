"""The landing page, signing in and out in a browser."""

import re
from collections.abc import Callable

import httpx
import pytest
from starlette.testclient import TestClient

from seamless_retail.core.settings import Settings
from seamless_retail.graphs.parts import Parts
from seamless_retail.graphs.serve import create_app

NewClient = Callable[..., httpx.Client]
Sign = Callable[[str], str]


def test_the_landing_page_leads_to_both_playgrounds_and_loads_nothing_from_elsewhere(new_client: NewClient) -> None:
    page = new_client().get("/")
    assert page.status_code == 200
    assert 'href="/brain/playground/"' in page.text
    assert 'href="/chat/playground/"' in page.text
    assert re.findall(r'(?:src|href)="(?!/)(?!data:)', page.text) == []
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_on_this_machine_it_offers_customers_of_the_demonstration_shop(new_client: NewClient) -> None:
    client = new_client()
    link = re.search(r'href="(/session\?token=[^"]+)".*?<span class="soft">(C\d+)</span>', client.get("/").text)
    assert link is not None
    signed_in = client.get(link.group(1), follow_redirects=True)
    assert f"Signed in as {link.group(2)}" in signed_in.text


@pytest.mark.parametrize(
    ("base", "address"),
    [("http://shop.example", "127.0.0.1"), ("http://127.0.0.1", "10.0.0.7"), ("http://shop.example", "10.0.0.7")],
)
def test_from_elsewhere_it_offers_nobody(server_settings: Settings, parts: Parts, base: str, address: str) -> None:
    app = create_app(server_settings, parts=parts)
    with TestClient(app, base_url=base, client=(address, 50_000)) as client:
        assert 'href="/session?token=' not in client.get("/").text


def test_a_token_in_the_address_becomes_a_cookie_that_scripts_cannot_read(
    new_client: NewClient, token_of: Sign
) -> None:
    client = new_client()
    response = client.get("/session", params={"token": token_of("C0001")})
    assert response.status_code == 303
    assert response.headers["location"] == "/"
    assert response.headers["referrer-policy"] == "no-referrer"
    cookie = next(value for value in response.headers.get_list("set-cookie") if value.startswith("seamless_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/session").json()["customer_id"] == "C0001"


def test_signing_out_makes_a_guest_again(new_client: NewClient, token_of: Sign) -> None:
    client = new_client()
    client.get("/session", params={"token": token_of("C0001")})
    assert client.post("/session/end").status_code == 303
    assert client.get("/session").json()["customer_id"] == ""


def test_a_bad_token_signs_nobody_in(new_client: NewClient) -> None:
    client = new_client()
    assert client.get("/session", params={"token": "nonsense"}).status_code == 401
    assert client.get("/session").json()["customer_id"] == ""


def test_a_browser_whose_sign_in_is_no_longer_good_is_told_and_signed_out(new_client: NewClient) -> None:
    client = new_client()
    client.cookies["seamless_session"] = "old"
    page = client.get("/")
    assert "You are signed out" in page.text
    assert 'seamless_session=""' in page.headers["set-cookie"]


def test_a_guest_gets_one_id_and_keeps_it(new_client: NewClient) -> None:
    client = new_client()
    first = client.get("/health")
    assert re.fullmatch(r"[0-9a-f]{32}", first.headers["x-guest-id"])
    assert "x-guest-id" not in client.get("/health").headers


def test_an_invented_guest_id_is_replaced(new_client: NewClient) -> None:
    response = new_client().get("/health", headers={"x-guest-id": "somebody"})
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["x-guest-id"])
