"""The picture of what FinTwin is: a line of booked money, and a dashed one that leaves it."""

import reflex as rx

_BAND = (
    "M357.3 133.9 L367.8 137.4 L378.3 135.1 L388.8 133.9 L399.3 128.2 L409.8 130.2 L420.3 128.7 L430.8 "
    "127.3 L441.4 126.8 L451.9 126.6 L462.4 126.5 L472.9 129.3 L483.4 133.7 L493.9 135.8 L504.4 134.1 "
    "L514.9 129 L525.4 125.8 L535.9 122.4 L546.4 120 L556.9 117.9 L567.5 117.8 L578 115.4 L588.5 109.3 "
    "L599 111.1 L609.5 114.3 L620 107.4 L620 211.9 L609.5 214.6 L599 207.2 L588.5 201.2 L578 203.2 L567.5 "
    "201.4 L556.9 197.3 L546.4 195.2 L535.9 193.4 L525.4 192.7 L514.9 191.7 L504.4 192.6 L493.9 190.1 "
    "L483.4 183.9 L472.9 175.3 L462.4 168.3 L451.9 164.2 L441.4 160.2 L430.8 156.6 L420.3 153.7 L409.8 "
    "151.1 L399.3 144.9 L388.8 146.4 L378.3 143.4 L367.8 141.6 L357.3 133.9Z"
)
_HOPED = (
    "M357.3 133.9 L367.8 136.6 L378.3 133.7 L388.8 113.2 L399.3 111.7 L409.8 105.2 L420.3 111.1 L430.8 "
    "111 L441.4 105.5 L451.9 104.3 L462.4 100.5 L472.9 98.2 L483.4 102.2 L493.9 97.3 L504.4 100.2 L514.9 "
    "87.8 L525.4 89 L535.9 83.4 L546.4 81.7 L556.9 74.5 L567.5 76.3 L578 68.8 L588.5 67.8 L599 58.9 "
    "L609.5 53.7 L620 51.2"
)
_BOOKED = (
    "M0 186 L10.5 191.3 L21 187.4 L31.5 180 L42 181.2 L52.5 187.1 L63.1 185.8 L73.6 181.3 L84.1 173.4 "
    "L94.6 178.6 L105.1 184.2 L115.6 178.5 L126.1 174.1 L136.6 163.6 L147.1 156.3 L157.6 155.2 L168.1 "
    "155.1 L178.6 138.7 L189.2 138.6 L199.7 141.4 L210.2 146.2 L220.7 143.9 L231.2 141.4 L241.7 141.6 "
    "L252.2 140.3 L262.7 137 L273.2 131.4 L283.7 123.4 L294.2 120.5 L304.7 129 L315.3 123.3 L325.8 129.7 "
    "L336.3 128.9 L346.8 135.6 L357.3 133.9"
)
_LIKELY = (
    "M357.3 133.9 L367.8 139.5 L378.3 139.3 L388.8 140.1 L399.3 136.6 L409.8 140.7 L420.3 141.2 L430.8 "
    "141.9 L441.4 143.5 L451.9 145.4 L462.4 147.4 L472.9 152.3 L483.4 158.8 L493.9 163 L504.4 163.4 "
    "L514.9 160.3 L525.4 159.3 L535.9 157.9 L546.4 157.6 L556.9 157.6 L567.5 159.6 L578 159.3 L588.5 "
    "155.2 L599 159.1 L609.5 164.4 L620 159.6"
)


def twin_picture(*, class_name: str = "w-full") -> rx.Component:
    """Draws itself once: first what has happened, then what might."""
    line = "fill-none [stroke-linejoin:round]"
    return rx.el.svg(
        rx.el.path(d=_BAND, class_name="appear fill-twin-band-wide"),
        rx.el.path(d=_HOPED, class_name=f"unfold-later stroke-ink-3 stroke-2 [stroke-dasharray:2_5] {line}"),
        rx.el.path(d=_BOOKED, class_name=f"unfold stroke-ink stroke-[2.5] {line}"),
        rx.el.path(d=_LIKELY, class_name=f"unfold-later stroke-twin stroke-[2.5] [stroke-dasharray:6_5] {line}"),
        rx.el.circle(cx="357", cy="134", r="6", class_name="appear fill-surface stroke-ink stroke-[2.5]"),
        view_box="0 40 620 186",
        role="img",
        aria_label="A line of booked money, and a dashed one that leaves it",
        class_name=class_name,
    )
