"""What happens to the frontend at build time: the tokens become its style sheet, it finds its own origin, it is light."""

import re
import shutil
from pathlib import Path
from typing import Any

from reflex_base.plugins.base import Plugin
from reflex_base.plugins.tailwind_v4 import TailwindV4Plugin, add_tailwind_to_postcss_config

OWN_ORIGIN = "http://own-origin.invalid:1"
"""Stands for the address of whoever serves the pages; every trace of it is replaced after the build."""

FONT = "/fonts/inter-latin-5.2.8.woff2"
FONT_EXTENDED = "/fonts/inter-latin-ext-5.2.8.woff2"
_FONT_PACKAGE = "@fontsource-variable/inter@5.2.8"
_FONT_FILES = {FONT: "inter-latin-wght-normal.woff2", FONT_EXTENDED: "inter-latin-ext-wght-normal.woff2"}

_LATIN = (
    "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,"
    "U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"
)
_LATIN_EXTENDED = (
    "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,"
    "U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF"
)

_SHEET = """@layer theme, base, components, utilities;
@import "tailwindcss/theme.css" layer(theme);
@import "tailwindcss/preflight.css" layer(base);
@import "tailwindcss/utilities.css" layer(utilities) source(none);
@source "../app";
@source "../app_components";
@source "../components";
@source "../utils";
@custom-variant dark (&:where(.dark, .dark *));
"""


def _face(url: str, characters: str) -> str:
    return (
        '@font-face{font-family:"Inter Variable";font-style:normal;font-display:swap;font-weight:100 900;'
        f'src:url("{url}") format("woff2-variations");unicode-range:{characters}}}\n'
    )


def _style_sheet() -> tuple[str, str]:
    tokens = (Path.cwd() / "assets" / "tokens.css").read_text()
    return "styles/tailwind.css", _SHEET + _face(FONT, _LATIN) + _face(FONT_EXTENDED, _LATIN_EXTENDED) + tokens


def _import_sheet(content: str) -> str:
    """Reflex's own reset is left out: Tailwind's preflight does its work."""
    return "@import url('./tailwind.css');\n" + "\n".join(
        line for line in content.splitlines() if "__reflex_style_reset" not in line and "tailwind.css" not in line
    )


class Look(TailwindV4Plugin):
    """Tailwind on our tokens, and Inter served by ourselves under names that change with its version."""

    def get_frontend_development_dependencies(self, **context: Any) -> list[str]:
        """Inter, as a package at build time only."""
        return [*super().get_frontend_development_dependencies(**context), _FONT_PACKAGE]

    def pre_compile(self, **context: Any) -> None:
        """Write the style sheet and hook it in."""
        context["add_save_task"](_style_sheet)
        context["add_modify_task"]("postcss.config.js", add_tailwind_to_postcss_config)
        context["add_modify_task"]("styles/__reflex_global_styles.css", _import_sheet)

    def post_build(self, **context: Any) -> None:
        """Lay the font files beside the pages."""
        static: Path = context["static_dir"]
        package = static.parent.parent / "node_modules" / "@fontsource-variable" / "inter" / "files"
        for url, name in _FONT_FILES.items():
            target = static / url.lstrip("/")
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(package / name, target)


class OwnOrigin(Plugin):
    """Makes the built pages talk to the origin they were loaded from, on any host, port and scheme."""

    def post_build(self, **context: Any) -> None:
        """Replace each baked-in address.

        Raises:
            RuntimeError: an address is missing where Reflex used to put it, or one is left over.
        """
        replaced = same_domain = 0
        for script in sorted(context["static_dir"].rglob("*.js")):
            text = script.read_text()
            new, addresses, lists = own_origin(text)
            replaced += addresses
            same_domain += lists
            if new != text:
                script.write_text(new)
        if replaced < 2 or same_domain != 1:
            raise RuntimeError(f"own origin: {replaced} addresses and {same_domain} host lists found in the build")
        for path in sorted(context["static_dir"].rglob("*")):
            if (
                path.suffix in {".js", ".html", ".css", ".json", ".txt", ".xml"}
                and b"own-origin.invalid" in path.read_bytes()
            ):
                raise RuntimeError(f"own origin: an address is left over in {path.name}")


class Light(Plugin):
    """Leaves out of the pages what none of them needs, and lets them be painted before their scripts are there."""

    def pre_compile(self, **context: Any) -> None:
        """Without emotion and without the libraries that Reflex keeps at hand for components that are evaluated."""
        context["add_save_task"](_elements)
        context["add_modify_task"]("vite.config.js", without_emotion)
        context["add_modify_task"]("app/root.jsx", without_libraries)

    def post_build(self, **context: Any) -> None:
        """Have every page fetch its look before its scripts.

        Raises:
            RuntimeError: a page names no scripts where React Router used to name them.
        """
        pages = {page: page.read_text() for page in sorted(context["static_dir"].rglob("*.html"))}
        later = {page: new for page, text in pages.items() if (new := look_first(text)) != text}
        if not all(page in later for page in pages if page.name == "index.html"):
            raise RuntimeError("look first: there are pages that preload no scripts")
        for page, text in later.items():
            page.write_text(text)


_ELEMENTS = "utils/elements.js"
_EMOTION = """import { createElement } from "react";

export const jsx = (type, props, ...children) => {
  if (!props?.css) return createElement(type, props, ...children);
  const { css, ...others } = props;
  return createElement(type, { ...others, style: css }, ...children);
};
"""
"""What stands for emotion, of which Reflex calls only `jsx`: its `style=` becomes the element's own style."""


def _elements() -> tuple[str, str]:
    return _ELEMENTS, _EMOTION


def without_emotion(config: str) -> str:
    """Vite's configuration in which our own few lines stand for `@emotion/react`.

    Raises:
        RuntimeError: there is no list of aliases to put them into.
    """
    beginning = "alias: ["
    if config.count(beginning) != 1:
        raise RuntimeError("without emotion: the configuration has no list of aliases")
    ours = f'fileURLToPath(new URL("./{_ELEMENTS}", import.meta.url))'
    return config.replace(beginning, f'{beginning}\n      {{ find: "@emotion/react", replacement: {ours} }},')


_LIBRARIES = re.compile(r"  useEffect\(\(\) => \{[^}]*window\.__reflex = \{[^}]*\};\s*\}, \[\]\);\n")
_WHOLE_LIBRARY = re.compile(r'^import \* as \w+ from "[^"]+";\n', re.M)


def without_libraries(root: str) -> str:
    """The app's root without the libraries it lays into `window` for evaluated components, which the policy forbids.

    Raises:
        RuntimeError: they are not where Reflex used to put them.
    """
    root, found = _LIBRARIES.subn("", root)
    if found != 1:
        raise RuntimeError("without libraries: the root lays none into the window")
    return _WHOLE_LIBRARY.sub("", root)


def look_first(page: str) -> str:
    """A built page whose scripts come after its style sheet and its font; they would share a slow line with them."""
    return page.replace('<link rel="modulepreload" ', '<link rel="modulepreload" fetchpriority="low" ')


_ADDRESS = re.compile(r"""(["'`])(http|ws)://own-origin\.invalid:1(/[\w/.-]*)?\1""")
_SAME_DOMAIN = re.compile(r"""\[\s*["'`]localhost["'`]\s*,\s*["'`]0\.0\.0\.0["'`][^\]]*\]""")


def own_origin(script: str) -> tuple[str, int, int]:
    """A script with its literal addresses made relative to the page's origin, and how many of both kinds it had.

    Reflex's list of host names that mean "this machine" is emptied: with it, the port is dropped under https.
    """

    def here(found: re.Match[str]) -> str:
        path = found.group(3) or ""
        if found.group(2) == "ws":
            return f'(location.origin.replace(/^http/,"ws")+"{path}")'
        return f'(location.origin+"{path}")'

    script, addresses = _ADDRESS.subn(here, script)
    script, lists = _SAME_DOMAIN.subn("[]", script)
    return script, addresses, lists
