"""Keys for a page: what a key does is written on the element it presses, so that pages only mark their elements."""

from typing import Any

from reflex_base.components.component import Component
from reflex_base.utils.imports import ImportDict

_LISTEN = """
useEffect(() => {
  const typing = (at) => at.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(at.tagName);
  const move = (by) => {
    const rows = [...document.querySelectorAll("[data-row]")];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };
  const press = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("[role=dialog], dialog[open]")) return;
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") { event.preventDefault(); move(key === "j" ? 1 : -1); return; }
    const wanted = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!wanted) return;
    event.preventDefault();
    if (typing(wanted)) { wanted.focus(); wanted.select?.(); } else { wanted.click(); }
  };
  document.addEventListener("keydown", press);
  return () => document.removeEventListener("keydown", press);
}, []);
"""


class Keys(Component):
    """Draws nothing. `J` and `K` move the focus along `data-row`; any other key presses or focuses its `data-key`."""

    library = "react"
    tag = "Fragment"

    def add_imports(self) -> ImportDict:
        """React's effect, which listens as long as the page is shown."""
        return {"react": "useEffect"}

    def add_hooks(self) -> list[str | Any]:
        """The listener; it keeps out of fields, dialogs and the browser's own shortcuts."""
        return [_LISTEN]


keys = Keys.create
