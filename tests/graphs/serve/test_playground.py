"""Both playgrounds and the landing page in a real browser: a form renders, a run shows an answer."""

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DRESSES = "Find blue dresses under $80"
OPENING = "When does the downtown store open?"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def new_page() -> "Iterator[Callable[[], Page]]":
    """Opens pages, each with cookies of its own, that fail the test on a request to another machine."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def make() -> "Page":
            page = browser.new_context(viewport={"width": 1100, "height": 900}).new_page()
            page.set_default_timeout(30_000)
            page.route(lambda url: not url.startswith("http://127.0.0.1"), lambda route: route.abort())
            return page

        yield make
        browser.close()


def test_the_playground_renders_a_form_and_shows_an_answer(new_page: "Callable[[], Page]", server_url: str) -> None:
    page = new_page()
    page.goto(f"{server_url}/brain/playground/")
    page.locator("textarea[id*='query']").fill(DRESSES)
    page.get_by_role("button", name="Start").click()
    page.get_by_text("citations").first.wait_for()
    assert "product:F" in page.inner_text("body")


def test_the_playground_shows_what_cannot_be_answered(new_page: "Callable[[], Page]", server_url: str) -> None:
    page = new_page()
    page.goto(f"{server_url}/brain/playground/")
    page.locator("textarea[id*='query']").fill("dresses over $80 and under $50")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("remedy").first.wait_for()


def test_the_chat_playground_goes_on_with_a_conversation(new_page: "Callable[[], Page]", server_url: str) -> None:
    page = new_page()
    page.goto(f"{server_url}/chat/playground/", wait_until="networkidle")  # it reads the schemas first
    box = page.get_by_placeholder("Send a message...")
    box.fill(DRESSES)
    box.press("Enter")
    page.wait_for_function("document.body.innerText.includes('1. ')")
    box.fill("How much is the first one?")
    box.press("Enter")
    page.wait_for_function("document.body.innerText.split('HUMAN').length > 2")
    page.wait_for_function("/ is \\$\\d+\\.\\d\\d \\[1\\]/.test(document.body.innerText)")


def test_the_landing_page_answers(new_page: "Callable[[], Page]", server_url: str) -> None:
    page = new_page()
    page.goto(server_url)
    page.get_by_label("Your question").fill(OPENING)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("source").first.wait_for()


def test_the_landing_page_tells_what_cannot_be_answered(new_page: "Callable[[], Page]", server_url: str) -> None:
    page = new_page()
    page.goto(server_url)
    page.get_by_label("Your question").fill("dresses over $80 and under $50")
    page.get_by_role("button", name="Ask", exact=True).click()
    assert "80" in page.locator(".error").inner_text()


def test_signing_in_as_a_customer_of_the_demonstration_shop(new_page: "Callable[[], Page]", server_url: str) -> None:
    page = new_page()
    page.goto(server_url)
    page.locator('a[href^="/session"]').first.click()
    page.get_by_text("Signed in as").wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Signed in as").wait_for(state="detached")


def test_the_landing_page_asks_for_a_yes_or_no(
    new_page: "Callable[[], Page]", server_url: str, token_of: Callable[[str], str]
) -> None:
    page = new_page()
    page.goto(f"{server_url}/session?token={token_of('C0001')}")
    page.get_by_label("Your question").fill("Cancel my last order")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_text("Nothing was changed.", exact=True).wait_for()
    assert page.get_by_role("button", name="Yes", exact=True).is_disabled()
