"""Line icons on a grid of 20, drawn with the `icon` class of tokens.css."""

import reflex as rx

_PATHS = {
    "home": "M3 9.5 10 4l7 5.5V16a1 1 0 0 1-1 1h-4v-5H8v5H4a1 1 0 0 1-1-1z",
    "list": "M7 5h10M7 10h10M7 15h10M3 5h.01M3 10h.01M3 15h.01",
    "twin": "M6 3v4a4 4 0 0 0 4 4 4 4 0 0 1 4 4v2M6 3a2 2 0 1 0 0 .01M6 17V9M14 17a2 2 0 1 0 .01 0",
    "shield": "M10 3 4 5.5V10c0 3.5 2.5 6 6 7 3.5-1 6-3.5 6-7V5.5z",
    "pie": "M10 3v7h7a7 7 0 1 1-7-7zM13 3.6A7 7 0 0 1 16.4 7H13z",
    "send": "M17 3 9 11M17 3l-5 14-3-6-6-3z",
    "bell": "M10 3a4.5 4.5 0 0 0-4.5 4.5C5.5 12 4 13 4 14h12c0-1-1.5-2-1.5-6.5A4.5 4.5 0 0 0 10 3zM8.5 16.5a1.6 1.6 0 0 0 3 0",
    "settings": "M10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM10 3v2M10 15v2M3 10h2M15 10h2M5 5l1.5 1.5M13.5 13.5 15 15M15 5l-1.5 1.5M6.5 13.5 5 15",
    "search": "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM13 13l4 4",
    "eye": "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    "eye_off": "M2.5 10S5 5 10 5s7.5 5 7.5 5-2.5 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4zM3.5 3.5l13 13",
    "moon": "M15 12.5A6 6 0 0 1 7.5 5 6 6 0 1 0 15 12.5z",
    "sun": "M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1",
    "plus": "M10 4v12M4 10h12",
    "minus": "M4 10h12",
    "up": "M10 15V5M6 9l4-4 4 4",
    "down": "M10 5v10M6 11l4 4 4-4",
    "left": "M15 10H5M9 6l-4 4 4 4",
    "right": "M5 10h10M11 6l4 4-4 4",
    "chevron-down": "M5 8l5 5 5-5",
    "chevron-right": "M8 5l5 5-5 5",
    "close": "M5 5l10 10M15 5 5 15",
    "check": "M4 10.5 8.5 15 16 6",
    "filter": "M3 6h14M6 10h8M8.5 14h3",
    "download": "M10 3v9M6 9l4 4 4-4M4 16h12",
    "upload": "M10 13V4M6 8l4-4 4 4M4 16h12",
    "swap": "M4 7h11M12 4l3 3-3 3M16 13H5M8 10l-3 3 3 3",
    "file": "M5 3h6l4 4v10H5zM11 3v4h4",
    "wallet": "M3 6h13a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1zM3 6l10-3v3M13.5 11h.01",
    "person": "M10 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 17c.5-3 3-4.5 6-4.5s5.5 1.5 6 4.5",
    "spark": "M10 3l1.8 5.2L17 10l-5.2 1.8L10 17l-1.8-5.2L3 10l5.2-1.8z",
    "warning": "M10 3.5 18 17H2zM10 8.5v4M10 14.8h.01",
    "info": "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 9.5v4M10 6.8h.01",
    "edit": "M4 16l.8-3.500L13.5 3.800l2.7 2.700L7.500 15.200 4 16zM11.500 5.800l2.700 2.700",
    "bank": "M3 8l7-4 7 4zM5 8v6M8.500 8v6M11.500 8v6M15 8v6M3 16.500h14",
    "more": "M4.500 10h.01M10 10h.01M15.500 10h.01",
    "copy": "M7 7h9v9H7zM4 13V4h9",
    "code": "M3 3h5v5H3zM12 3h5v5h-5zM3 12h5v5H3zM12 12h.01M16.500 12h.01M12 16.500h.01M14.300 14.300h.01M16.500 16.500h.01",
    "scale": "M10 4v12M6.500 16.500h7M4 6.500l6-1.500 6 1.500M4 6.500 2.500 11h3zM16 6.500 14.500 11h3z",
    "clock": "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6.5V10l2.5 2",
    "leave": "M12 4H5v12h7M9 10h8M14 7l3 3-3 3",
    "lock": "M5 9h10v8H5zM7 9V7a3 3 0 0 1 6 0v2",
    "trash": "M4 6h12M8 6V4h4v2M6 6l.7 11h6.6L14 6M8.5 9v5M11.5 9v5",
    "device": "M3 5h14v8H3zM7 16h6M10 13v3",
}


def icon(name: str, *, size: str = "size-5") -> rx.Component:
    """A decorative icon in the colour of its text.

    Args:
        name: one of the names above.
        size: Tailwind's size class.

    Raises:
        KeyError: no such icon.
    """
    return rx.el.svg(
        rx.el.path(d=_PATHS[name]),
        view_box="0 0 20 20",
        class_name=f"icon shrink-0 {size}",
        custom_attrs={"aria-hidden": "true"},
    )


def mark(*, size: str = "size-7") -> rx.Component:
    """FinTwin's mark: what is, and its dashed twin."""
    return rx.el.svg(
        rx.el.circle(cx="11", cy="14", r="8.5", class_name="fill-brand"),
        rx.el.circle(cx="17", cy="14", r="8.5", class_name="fill-none stroke-twin stroke-2 [stroke-dasharray:3_2.4]"),
        view_box="0 0 28 28",
        class_name=f"shrink-0 {size}",
        custom_attrs={"aria-hidden": "true"},
    )
