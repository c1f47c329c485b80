"""From the front door to the three doors, and what the frame around every page promises."""

import asyncio
import datetime
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Page, expect

from tests.e2e.conftest import SOON, running
from tests.ports import free_port


def sign_in(page: Page, name: str) -> None:
    """As a new local profile."""
    page.goto("/login")
    page.get_by_placeholder("Your name").fill(name)
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**/onboarding*")
    expect(page.get_by_role("heading", name="About you")).to_be_visible()


def answer(page: Page) -> None:
    """The least that the questions ask, without an account."""
    page.get_by_label("Saving").check()
    page.get_by_text("wait", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("heading", name="Where would you like to begin?")).to_be_visible()


def test_home_says_what_it_is_and_leads_to_the_door(visitor):
    page = visitor("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Try it on your twin first.")
    page.get_by_role("link", name="Get started").click()
    page.wait_for_url("**/login*")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text("Say what you would like to be called.")).to_be_visible()
    expect(page.get_by_placeholder("Your name")).to_be_focused()


def test_nobody_sees_a_page_without_signing_in(visitor):
    page = visitor("/settings")
    page.wait_for_url("**/login?next=/settings*")


def test_a_refusal_is_one_sentence(visitor):
    page = visitor("/login?problem=not_on_the_list")
    expect(page.get_by_text("This address may not sign in here.")).to_be_visible()


def test_questions_are_kept_as_they_are_answered_and_asked_until_done(visitor):
    page = visitor("/")
    sign_in(page, "Resumed")
    page.get_by_label("Phone").fill("+44 20 79")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("A phone number has 7 to 15 digits after the country code.")).to_be_visible()
    expect(page.get_by_text("Choose one of the answers.")).to_have_count(2)
    expect(page.get_by_label("Phone")).to_be_focused()
    page.get_by_label("Phone").fill("+44 20 7946 0000")
    page.get_by_label("Income a month").fill("3,900")
    page.get_by_label("Building wealth").check()
    until = time.monotonic() + 60
    while (kept := page.request.get("/api/v1/profile").json())["goal"] != "wealth_building" or not kept[
        "monthly_income"
    ]:
        assert time.monotonic() < until, kept
        page.wait_for_timeout(300)
    page.goto("/settings")
    page.wait_for_url("**/onboarding*")
    expect(page.get_by_label("Phone")).to_have_value("+44 2079460000")
    expect(page.get_by_label("Income a month")).to_have_value("3,900.00")
    expect(page.get_by_label("Building wealth")).to_be_checked()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Choose one of the answers.")).to_be_visible()
    page.get_by_text("buy more", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Balance today").fill("1,234.505")
    page.get_by_role("button", name="Open account").click()
    expect(page.get_by_text("at most 2 decimals")).to_be_visible()
    page.get_by_label("Balance today").fill("1,234.50")
    page.get_by_role("button", name="Open account").click()
    expect(page.get_by_role("heading", name="Where would you like to begin?")).to_be_visible()
    page.goto("/accounts")
    expect(page.get_by_text("1,234.50").first).to_be_visible()
    page.goto("/dashboard")
    expect(page.get_by_text("A line begins with a second day.")).to_be_visible()
    expect(page.locator(".recharts-wrapper")).to_have_count(0)


def test_a_second_tab_goes_on_at_the_same_step_and_opens_no_second_account(visitor):
    page = visitor("/")
    sign_in(page, "Two tabs")
    page.get_by_label("Saving").check()
    page.get_by_text("wait", exact=True).click()
    page.get_by_role("button", name="Continue").click()
    other = page.context.new_page()
    other.goto("/onboarding")
    expect(other.get_by_role("heading", name="Your first account")).to_be_visible()
    for tab, balance in ((page, "50"), (other, "70")):
        tab.get_by_label("Balance today").fill(balance)
        tab.get_by_role("button", name="Open account").click()
        expect(tab.get_by_role("heading", name="Where would you like to begin?")).to_be_visible()
    page.goto("/accounts")
    expect(page.get_by_text("£50.00").first).to_be_visible()
    expect(page.get_by_text("£70.00")).to_have_count(0)


def test_the_profile_can_be_changed(visitor):
    page = visitor("/")
    sign_in(page, "Changed")
    answer(page)
    page.goto("/settings")
    page.get_by_role("textbox", name="Name", exact=True).fill("Changed Much")
    page.get_by_label("Year of birth").fill("1492")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("A year of birth lies between")).to_be_visible()
    page.get_by_label("Year of birth").fill("1992")
    page.get_by_role("button", name="Save profile").click()
    expect(page.get_by_text("Profile saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Changed Much")
    expect(page.get_by_label("Year of birth")).to_have_value("1992")


def test_theme_and_hidden_amounts_outlive_reload_and_sign_out(visitor):
    page = visitor("/")
    sign_in(page, "Dark")
    answer(page)
    page.goto("/settings")
    root = page.locator("html")
    page.get_by_role("group", name="Colours").get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="Hide amounts").click()
    expect(root).to_have_class("dark masked")
    page.reload()
    expect(root).to_contain_class("dark")
    expect(root).to_contain_class("masked")
    expect(page.get_by_role("button", name="Hide amounts")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+Shift+P")
    expect(root).not_to_contain_class("masked")
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/")
    expect(root).to_contain_class("dark")


def test_a_device_signed_out_elsewhere_is_out_within_three_seconds(visitor):
    here = visitor("/")
    sign_in(here, "Twice")
    answer(here)
    there = visitor("/login")
    there.get_by_role("button", name="Twice").click()
    there.wait_for_url(lambda address: "/login" not in address)
    there.goto("/settings")
    expect(there.get_by_role("heading", name="Where you are signed in")).to_be_visible()
    here.goto("/settings")
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(there).to_have_url(re.compile("/login"), timeout=SOON)
    expect(there.get_by_text("Twice", exact=True)).to_be_visible()


def test_keys_alone_reach_the_page(visitor):
    page = visitor("/")
    sign_in(page, "Keys")
    answer(page)
    page.goto("/settings")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#page")).to_be_focused()


def test_offline_says_so_and_shows_no_zeros(visitor, complaints):
    page = visitor("/login")
    page.wait_for_function("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.context.set_offline(True)
    page.goto("/dashboard")
    expect(page.get_by_role("heading", name="You are offline")).to_be_visible()
    page.context.set_offline(False)
    complaints[:] = [line for line in complaints if "ERR_INTERNET_DISCONNECTED" not in line]
    kept = page.evaluate(
        "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map((key) => new URL(key.url).pathname)))).flat())"
    )
    assert kept
    assert all(path.startswith(("/assets/", "/fonts/", "/icons/")) or path == "/offline.html" for path in kept), kept


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_sticks_out_sideways(visitor, width):
    page = visitor("/", viewport={"width": width, "height": 780})
    sign_in(page, f"Wide {width}")
    answer(page)
    for path in (
        "/",
        "/login?problem=declined",
        "/onboarding",
        "/settings",
        "/dashboard",
        "/transactions",
        "/accounts",
    ):
        page.goto(path)
        page.wait_for_timeout(400)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


@contextmanager
def tls_before(address: str, folder: Path, *, port: int = 0) -> Iterator[str]:
    """A proxy that ends TLS and passes bytes on, as one in front of the app would; its https address."""
    here = port
    host, port = urlsplit(address).hostname, urlsplit(address).port
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_certificate(folder))
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), []

    async def pump(reader, writer):
        try:
            while block := await reader.read(65536):
                writer.write(block)
                await writer.drain()
        except (ConnectionError, ssl.SSLError, OSError):
            pass
        finally:
            writer.close()

    async def meet(reader, writer):
        inner = await asyncio.open_connection(host, port)
        await asyncio.gather(pump(reader, inner[1]), pump(inner[0], writer))

    async def serve():
        server = await asyncio.start_server(meet, "127.0.0.1", here, ssl=context)
        found.append(server.sockets[0].getsockname()[1])
        ready.set()

    loop.create_task(serve())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    assert ready.wait(60)
    yield f"https://localhost:{found[0]}"

    async def end():
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(end(), loop).result(60)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


def test_the_same_build_lives_behind_tls_on_another_port(house, visitor, complaints, tmp_path):
    with tls_before(house.url, tmp_path) as address:
        page = visitor("/", at=address, ignore_https_errors=True)
        sign_in(page, "Behind a proxy")
        assert page.url.startswith(address)
        page.get_by_label("Saving").check()
        page.get_by_text("wait", exact=True).click()
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("heading", name="Your first account")).to_be_visible()
        page.goto("/onboarding")
        assert page.url.startswith(address)
        page.context.close()
    # The browser runs no service worker from an address whose certificate it was only told to put up with.
    complaints[:] = [line for line in complaints if "SSL certificate error" not in line]


def test_over_tls_the_cookie_belongs_to_this_host_alone(visitor, complaints, tmp_path):
    """As in earnest: the public address is https, on a port of its own, behind a proxy that ends TLS."""
    port = free_port()
    public = f"https://localhost:{port}"
    with (
        running(tmp_path, port=free_port(), FINTWIN_PUBLIC_URL=public) as here,
        tls_before(here.url, tmp_path, port=port) as address,
    ):
        assert address == public
        page = visitor("/", at=public, ignore_https_errors=True)
        sign_in(page, "In earnest")
        [cookie] = [one for one in page.context.cookies() if one["name"] == "__Host-fintwin"]
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
        answer(page)
        page.goto("/dashboard")
        expect(page.get_by_role("link", name="Add an account")).to_be_visible()
        policy = page.request.get("/dashboard").headers
        assert "upgrade-insecure-requests" in policy["content-security-policy"]
        assert "max-age=" in policy["strict-transport-security"]
        page.get_by_role("button", name="Sign out").first.click()
        page.wait_for_url(f"{public}/")
        page.context.close()
    complaints[:] = [line for line in complaints if "SSL certificate error" not in line]
