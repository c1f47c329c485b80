"""Take the README's pictures from a running FinTwin with a demo household; run it with `make screenshots`."""

import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from fintwin import build  # noqa: E402 - the path first
from tools.house import demo_cookie, house  # noqa: E402 - the path first

FOLDER = ROOT / "docs" / "screenshots"
PICTURES = (
    ("dashboard", "/dashboard", "light", 1280),
    ("dashboard", "/dashboard", "dark", 390),
    ("transactions", "/transactions", "light", 1280),
    ("twin", "/twin", "dark", 1280),
)
HEIGHT = {1280: 860, 390: 844}


def picture(
    browser: Browser, url: str, cookies: dict[str, str], *, path: str, theme: str, width: int, to: Path
) -> None:
    """One page as it looks when its numbers have come."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": HEIGHT[width]},
        device_scale_factor=2 if width < 500 else 1,
        color_scheme=theme,
        locale="en-GB",
        timezone_id="Europe/Berlin",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(path)
    page.locator("h1").first.wait_for()
    page.wait_for_timeout(1500)
    page.locator(".animate-pulse").last.wait_for(state="hidden")
    page.wait_for_timeout(2000)
    page.screenshot(path=to)
    context.close()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with house() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["FINTWIN_CHROMIUM"], args=["--no-sandbox"])
        cookies = demo_cookie(url)
        built = [one for one in PICTURES if (build.static_dir() / one[1].strip("/") / "index.html").exists()]
        for name, path, theme, width in built:
            to = FOLDER / f"{name}-{theme}{'-phone' if width < 500 else ''}.png"
            picture(browser, url, cookies, path=path, theme=theme, width=width, to=to)
            print(to.relative_to(ROOT))
        browser.close()


if __name__ == "__main__":
    main()
