"""Lines of the frame: what just happened, that the connection is lost, that a page could not be drawn."""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_too_many_connection_errors

from fintwin.ui import undo
from fintwin.ui.components import icon_button, mark
from fintwin.web.gate import Tab


def lines(*more: rx.Component) -> rx.Component:
    """The one place of lines about what just happened.

    As a popover it lies over an open dialog (assets/shell.js shows it); at the top it covers no button of a form.
    """
    return rx.el.div(
        rx.el.div(
            *more,
            rx.cond(
                Tab.notice != "",
                rx.el.div(
                    rx.el.span(Tab.notice, class_name="min-w-0 py-2"),
                    icon_button(
                        "close",
                        "Put away",
                        on_click=Tab.dismiss,
                        class_name="ml-auto text-canvas! hover:bg-canvas/15!",
                    ),
                    key=Tab.notice_number,
                    class_name=f"toast {undo.LINE}",
                ),
            ),
            id="lines",
            custom_attrs={"popover": "manual"},
            class_name=(
                "pointer-events-none fixed inset-x-4 top-[calc(3.75rem+var(--top))] bottom-auto z-30 m-0 w-auto flex-col"
                " items-center gap-2 overflow-visible bg-transparent p-0 open:flex lg:top-[calc(0.5rem+var(--top))]"
            ),
        ),
        role="status",
    )


def fallback() -> rx.Var:
    """Draws what stands in the place of a page that could not be drawn."""
    return rx.Var.create(_broken())


def _broken() -> rx.Component:
    return rx.el.main(
        mark(size="size-10"),
        rx.el.p("This page could not be drawn.", class_name="mt-4 font-semibold"),
        rx.el.p(
            "Nothing was lost. Reload it; if it stays so, tell whoever runs this FinTwin.", class_name="mt-1 text-ink-2"
        ),
        class_name="grid min-h-dvh place-content-center justify-items-center px-5 text-center",
    )


_LOST_LINE = (
    "lost-line sticky top-0 z-40 grid h-(--lost) place-content-center bg-warn-soft px-4 text-center text-xs font-medium"
    " text-warn [&[hidden]]:hidden"
)


def connection_lost() -> rx.Component:
    """A line at the top while the server does not answer, or the browser says that it is offline (assets/shell.js)."""

    def line(**props: Any) -> rx.Component:
        return rx.el.p(
            rx.el.span(
                "Connection lost. What you see is as of ",
                rx.el.time(custom_attrs=props.pop("marks", {})),
                "; FinTwin tries again by itself.",
            ),
            role="status",
            **props,
        )

    return rx.fragment(
        line(id="offline-line", hidden=True, class_name=f"{_LOST_LINE} [&:not([hidden])+p]:hidden"),
        rx.cond(
            has_too_many_connection_errors,
            line(marks={"data-as-of": ""}, class_name=_LOST_LINE),
            rx.fragment(),
        ),
    )
