"""Charts in the colours of the tokens: what is booked is ink and solid, what is imagined violet and dashed."""

from typing import Any

import reflex as rx
from reflex.vars import FunctionStringVar, ObjectVar, VarData

from fintwin.ui.components import late
from fintwin.ui.components.pieces import skeleton
from fintwin.ui.components.plot import Plot, TableRow

_TEXT = {"fontSize": 11, "fill": "var(--ink-3)"}
_AXIS = {"axis_line": False, "tick_line": False, "interval": 0, "tick": _TEXT, "stroke": "var(--line)"}
_QUIET = {"is_animation_active": False, "dot": False, "type_": "linear", "connect_nulls": False}


def fan_chart(
    plot: Any, *, height: str = "h-56 sm:h-80", under: rx.Component | None = None, futures: bool = True
) -> rx.Component:
    """Booked line, bands of futures, likely line, today and the lowest point, with legend and table view.

    Args:
        plot: a state's `Plot`; a series without values is neither drawn nor named.
        height: classes that give the phone and the desktop a height each.
        under: what stands right under the drawing, along its line of time.
        futures: whether there may be bands, a baseline and a limit; a series costs time to draw even where it is empty.
    """
    return rx.el.figure(
        rx.el.div(_drawing(plot, futures=futures), class_name=f"num w-full min-w-0 {height}"),
        under if under is not None else rx.fragment(),
        _legend(plot),
        _table(plot),
        aria_label=plot.summary,
        class_name="grid min-w-0 gap-3",
    )


def chart_skeleton(*, height: str = "h-56 sm:h-80") -> rx.Component:
    """The place of chart, legend and table while the values are on their way."""
    return rx.el.div(
        rx.el.div(
            *(rx.el.div(class_name="h-px w-full bg-line") for _ in range(4)),
            class_name=f"flex animate-pulse flex-col justify-between py-6 {height}",
        ),
        skeleton("h-4 w-36"),
        rx.el.div(class_name="min-h-11 sm:min-h-6"),
        class_name="grid min-w-0 gap-3",
        aria_hidden=True,
    )


def sparkline(path: rx.Var[str] | str, *, stroke: str = "stroke-ink-3") -> rx.Component:
    """A line without axes, from the path that `plot.spark` made."""
    return rx.el.svg(
        rx.el.path(d=path, class_name=f"fill-none {stroke} [stroke-width:1.6]"),
        view_box="0 0 88 26",
        class_name="h-6 w-20 shrink-0",
        aria_hidden=True,
    )


def _drawing(plot: ObjectVar[Plot], *, futures: bool) -> rx.Component:
    imagined = (
        _band("most", "8 of 10 futures", "var(--twin-band-wide)"),
        _band("half", "5 of 10 futures", "var(--twin-band)"),
        late.reference_line(
            y=plot.limit.to(int),
            stroke="var(--bad)",
            stroke_dasharray="2 3",
            custom_attrs={
                "label": {"value": "limit", "position": "insideBottomRight", "fontSize": 11, "fill": "var(--bad)"}
            },
        ),
        _line("baseline", "Without changes", "var(--ink-3)", width=1.4, dashes="2 3"),
    )
    return late.composed_chart(
        late.cartesian_grid(vertical=False, stroke="var(--line)", custom_attrs={"syncWithTicks": True}),
        late.x_axis(
            data_key="x",
            ticks=plot.x_ticks,
            tick_formatter="(value) => String(value).split('|')[1]",
            height=24,
            **_AXIS,
        ),
        late.y_axis(
            ticks=plot.y_ticks.to(list[int]),
            domain=plot.domain,
            type_="number",
            width=44,
            allow_data_overflow=True,
            tick_formatter=_looked_up(plot.y_texts),
            **_AXIS,
        ),
        *(imagined if futures else ()),
        late.reference_line(
            x=plot.today,
            stroke="var(--line-strong)",
            custom_attrs={
                "label": {
                    "value": "Today",
                    "position": "insideTopLeft",
                    "fontSize": 11,
                    "fontWeight": 600,
                    "fill": "var(--ink-2)",
                }
            },
        ),
        _line("booked", "Booked", "var(--ink)", width=1.8),
        _line("likely", plot.likely, "var(--twin)", width=2, dashes="5 4"),
        late.reference_dot(
            x=plot.lowest_x,
            y=plot.lowest_y.to(int),
            r=5,
            fill="var(--surface)",
            stroke="var(--twin)",
            custom_attrs={"strokeWidth": 2},
        ),
        _tooltip(),
        data=plot.points,
        margin={"top": 8, "right": 8, "bottom": 0, "left": 0},
    )


def _line(name: str, words: Any, colour: str, *, width: float, dashes: str = "0") -> rx.Component:
    return late.line(
        data_key=name,
        name=words,
        stroke=colour,
        stroke_width=width,
        stroke_dasharray=dashes,
        active_dot={"r": 4, "fill": colour, "stroke": "var(--surface)"},
        **_QUIET,
    )


def _band(name: str, words: str, colour: str) -> rx.Component:
    return late.area(
        data_key=name,
        name=words,
        fill=colour,
        stroke="none",
        active_dot=False,
        custom_attrs={"fillOpacity": 1},
        **_QUIET,
    )


def _tooltip() -> rx.Component:
    return late.graphing_tooltip(
        separator=" ",
        is_animation_active=False,
        cursor={"stroke": "var(--line-strong)", "strokeWidth": 1},
        item_style={"color": "var(--ink)", "padding": "0"},
        label_style={"color": "var(--ink-3)", "marginBottom": "2px"},
        content_style={
            "background": "var(--surface)",
            "border": "1px solid var(--line)",
            "borderRadius": "8px",
            "boxShadow": "var(--shadow)",
            "fontSize": "12px",
            "padding": "8px 12px",
        },
        custom_attrs={
            "formatter": rx.Var("((value, name, item) => [item.payload.texts[item.dataKey], name])"),
            "labelFormatter": rx.Var("((label, items) => (items.length ? items[0].payload.day : ''))"),
        },
    )


def _looked_up(texts: rx.Var[dict[str, str]]) -> FunctionStringVar:
    """A tick's text by its number, worded by the server in the person's locale."""
    return FunctionStringVar.create(
        f"((value) => (({texts!s} ?? {{}})[String(value)] ?? ''))", _var_data=VarData.merge(texts._get_all_var_data())
    )


def _legend(plot: ObjectVar[Plot]) -> rx.Component:
    return rx.el.figcaption(
        _named(plot, "booked", "booked", "h-0.5 w-4 bg-ink"),
        _named(plot, "likely", plot.likely.lower(), "w-4 border-t-2 border-dashed border-twin"),
        _named(plot, "half", "5 of 10 futures", "size-3 rounded-sm bg-twin-band"),
        _named(plot, "most", "8 of 10", "size-3 rounded-sm bg-twin-band-wide"),
        _named(plot, "baseline", "without changes", "w-4 border-t-2 border-dotted border-ink-3"),
        class_name="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-3",
    )


def _named(plot: ObjectVar[Plot], name: str, words: Any, mark: str) -> rx.Component:
    return rx.cond(
        plot.series.contains(name),
        rx.el.span(rx.el.i(class_name=mark, aria_hidden=True), words, class_name="flex items-center gap-1.5"),
    )


def _table(plot: ObjectVar[Plot]) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            "Show as a table",
            class_name="inline-flex min-h-11 cursor-pointer items-center text-xs font-medium text-brand sm:min-h-6",
        ),
        rx.el.div(
            rx.el.table(
                rx.el.thead(
                    rx.el.tr(
                        rx.el.th("Day", scope="col", class_name="py-1.5 pr-4 text-left font-medium"),
                        rx.foreach(plot.heads, _head),
                        class_name="border-b border-line text-ink-3",
                    )
                ),
                rx.el.tbody(rx.foreach(plot.rows, _table_row), class_name="divide-y divide-line"),
                class_name="num w-full text-xs",
            ),
            class_name="mt-2 max-h-72 overflow-auto print:max-h-none print:overflow-visible",
            tab_index=0,
            role="region",
            aria_label="Values of the chart",
        ),
        class_name="min-w-0",
    )


def _head(words: rx.Var[str]) -> rx.Component:
    return rx.el.th(words, scope="col", class_name="whitespace-nowrap py-1.5 pl-4 text-right font-medium")


def _table_row(row: ObjectVar[TableRow]) -> rx.Component:
    return rx.el.tr(
        rx.el.th(row.day, scope="row", class_name="whitespace-nowrap py-1.5 pr-4 text-left font-normal text-ink-2"),
        rx.foreach(
            row.cells, lambda text: rx.el.td(text, class_name="amount whitespace-nowrap py-1.5 pl-4 text-right")
        ),
    )
