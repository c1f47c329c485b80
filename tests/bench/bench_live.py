"""Money from another person in an open tab: from the payment to the words on the page, without a reload.

Two people in two browsers, each with an open page, pay each other by calls of the API.
"""

import os
import time
from datetime import datetime
from statistics import median
from typing import Any
from uuid import uuid4

from playwright.sync_api import Browser, Page, sync_playwright

from tools.house import house

PAYMENTS = 10
APART = 0.7
"""Seconds between two payments: odd, so that what looks every second is not met at the same place each time."""
TARGET = 3.0
LONGEST = 60.0

_WATCH = """() => {
  window.seen = {};
  const look = () => {
    for (const [word] of document.body.textContent.matchAll(/\\[\\d+\\]/g)) window.seen[word] ??= Date.now();
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
}"""
"""Notes when a word such as [7] stood on the page for the first time, in milliseconds since 1970."""


def _person(browser: Browser, url: str, name: str) -> Page:
    """Somebody new, with 100 euros kept here."""
    page = browser.new_context(base_url=url, locale="en-GB", timezone_id="Europe/Berlin").new_page()
    # Nothing is pressed on a page that answers to nobody yet.
    page.add_locator_handler(page.locator("[inert]").first, lambda: None)
    own = {"origin": url}
    page.request.post("/auth/local", form={"name": name, "zone": "Europe/Berlin"}, headers=own, max_redirects=0)
    answers = {"goal": "savings", "risk_appetite": "medium", "currency": "EUR"}
    _told(page.request.put("/api/v1/profile", data=answers, headers=own))
    _told(page.request.post("/api/v1/profile/complete", headers=own))
    page.goto("/accounts?new=1")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Kept here").first.click()
    dialog.get_by_role("textbox", name="Name").fill("Wallet")
    dialog.get_by_label("Balance").fill("100")
    dialog.get_by_role("button", name="Open account").click()
    dialog.wait_for(state="detached")
    page.goto("/payments")
    page.get_by_role("heading", name="Payments").first.wait_for()
    page.evaluate(_WATCH)
    return page


def _told(answer: Any) -> Any:
    if not answer.ok:
        raise RuntimeError(f"{answer.url}: {answer.status} {answer.text()}")
    return answer.json() if answer.status != 204 else None


def _account(page: Page) -> dict[str, Any]:
    [account] = _told(page.request.get("/api/v1/accounts"))["items"]
    return account


def _pay(page: Page, account: dict[str, Any], to: str, *, number: int, url: str) -> dict[str, Any]:
    body = {
        "account": account["uuid"],
        "number": to,
        "amount": f"1.{number:02}",
        "currency": "EUR",
        "description": f"[{number}]",
    }
    headers = {"origin": url, "Idempotency-Key": str(uuid4())}
    return _told(page.request.post("/api/v1/payments", data=body, headers=headers))


def _seen(page: Page, word: str) -> float:
    """When the word stood there first, in seconds since 1970; it is waited for."""
    page.wait_for_function("word => window.seen[word]", arg=word, timeout=LONGEST * 1000)
    return page.evaluate("word => window.seen[word]", word) / 1000


def rows() -> list[dict]:
    """Seconds.

    To the payer from the call; to the payee from the instant at which the payment can no longer be cancelled, since it
    is not the payee's before.
    """
    with house() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["FINTWIN_CHROMIUM"], args=["--no-sandbox"])
        people = [_person(browser, url, name) for name in ("Ada", "Eve")]
        accounts = [_account(page) for page in people]
        made = []
        for number in range(PAYMENTS):
            payer, payee = number % 2, 1 - number % 2
            called = time.time()
            payment = _pay(people[payer], accounts[payer], accounts[payee]["number"], number=number, url=url)
            made.append(
                (f"[{number}]", payer, payee, called, datetime.fromisoformat(payment["settles_at"]).timestamp())
            )
            time.sleep(APART)
        payers = [_seen(people[payer], word) - called for word, payer, _, called, _ in made]
        payees = [_seen(people[payee], word) - settles for word, _, payee, _, settles in made]
        browser.close()
    return [
        {"name": name, "value": round(value, 2), "unit": "s", "target": TARGET, "holds": value < TARGET}
        for name, value in (
            ("a payment in the payee's open tab, median", median(payees)),
            ("a payment in the payee's open tab, worst of 10", max(payees)),
            ("a payment in the payer's open tab, median", median(payers)),
            ("a payment in the payer's open tab, worst of 10", max(payers)),
        )
    ]
