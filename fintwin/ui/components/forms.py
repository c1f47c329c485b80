"""Controls: buttons, fields with label, hint and error, choices."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from fintwin.ui.components.icons import icon
from fintwin.ui.components.pieces import link

_BUTTON = (
    "inline-flex h-11 items-center justify-center gap-2 whitespace-nowrap rounded-lg px-4 font-medium"
    " disabled:cursor-not-allowed disabled:opacity-50 lg:h-10"
)
_KINDS = {
    "primary": "bg-brand text-brand-ink enabled:hover:brightness-110",
    "twin": "bg-twin text-white enabled:hover:brightness-110 dark:text-canvas",
    "plain": "border border-line bg-surface text-ink hover:bg-sunken",
    "quiet": "text-ink-2 hover:bg-sunken",
    "danger": "border border-bad/40 bg-surface text-bad hover:bg-bad-soft",
}
_INPUT = "h-11 w-full min-w-0 rounded-lg border bg-surface px-3 text-ink placeholder:text-ink-3 num"


def button(*children: Any, kind: str = "primary", class_name: str = "", **props: Any) -> rx.Component:
    """A button; `kind` is primary (one a view), twin (what imagines), plain, quiet or danger."""
    props.setdefault("type", "button")
    return rx.el.button(*children, class_name=f"{_BUTTON} {_KINDS[kind]} {class_name}", **props)


def link_button(*children: Any, href: Any, kind: str = "plain", class_name: str = "", **props: Any) -> rx.Component:
    """A link that looks like a button."""
    return link(*children, href=href, class_name=f"{_BUTTON} {_KINDS[kind]} {class_name}", **props)


def icon_button(name: str, label: Any, *, class_name: str = "", **props: Any) -> rx.Component:
    """A square button with an icon; the label is for those who do not see it, and for the pointer."""
    props.setdefault("type", "button")
    return rx.el.button(
        icon(name),
        aria_label=label,
        title=label,
        class_name=f"grid size-11 shrink-0 place-items-center rounded-lg text-ink-2 hover:bg-sunken lg:size-9 {class_name}",
        **props,
    )


def form(*children: Any, **props: Any) -> rx.Component:
    """A form for a handler, which says beside each field what is wrong with it: the browser holds nothing back.

    What the browser alone knows, that a date was half typed, reaches the handler as a value that is none
    (assets/shell.js).
    """
    return rx.el.form(*children, no_validate=True, **props)


class _SentForm(BaseHTML):
    """Reflex's own form always stops the browser from sending it."""

    tag = "form"

    action: rx.Var[str]
    method: rx.Var[str]


def sent_form(*children: Any, action: Any, method: str = "post", **props: Any) -> rx.Component:
    """A form that the browser sends to one of our own routes: a full page load, so that cookies may change.

    A field of it that is required has an `unsent` line.
    """
    return _SentForm.create(*children, action=action, method=method, **props)


def post_button(
    *children: Any, action: str, fields: Mapping[str, Any] | None = None, kind: str = "plain", class_name: str = ""
) -> rx.Component:
    """A button that sends a form to one of our own routes."""
    return sent_form(
        *(rx.el.input(type="hidden", name=name, default_value=value) for name, value in (fields or {}).items()),
        rx.el.button(*children, type="submit", class_name=f"{_BUTTON} {_KINDS[kind]} {class_name}"),
        action=action,
        class_name="contents",
    )


def unsent(name: str, sentence: str) -> rx.Component:
    """What is said when a `sent_form` is not sent, since the field of this name is empty (assets/shell.js)."""
    return rx.el.p(
        sentence, id=f"{name}-unsent", role="alert", hidden=True, class_name="text-xs text-bad [&[hidden]]:hidden"
    )


def wrong(problem: Any, name: str) -> Any:
    """Whether a field is among those that were refused."""
    return (problem.field == name) | problem.others.contains(name)


def why(problem: Any, name: str) -> Any:
    """The sentence that stands beside a field that is `wrong`."""
    return rx.cond(problem.field == name, problem.sentence, problem.others[name])


def field(
    label: Any,
    control: rx.Component,
    *,
    name: str,
    problem: Any = None,
    hint: Any = "",
    class_name: str = "",
) -> rx.Component:
    """A control under its label; below it the problem that belongs to it, else the hint.

    Args:
        control: one whose `name` is `name`, made with the same `problem`.
        problem: the state's `problem`.
    """
    told = isinstance(hint, rx.Var) or bool(hint)
    below: rx.Component = rx.el.span(hint, class_name="text-xs text-ink-3") if told else rx.fragment()
    if problem is not None:
        below = rx.cond(
            wrong(problem, name),
            rx.el.span(why(problem, name), id=f"{name}-problem", role="alert", class_name="text-xs text-bad"),
            below,
        )
    return rx.el.div(
        rx.el.label(rx.el.span(label, class_name="font-medium"), control, class_name="grid min-w-0 gap-1.5"),
        below,
        class_name=f"grid min-w-0 content-start gap-1.5 {class_name}",
    )


def _marked(name: str, problem: Any, class_name: str) -> dict[str, Any]:
    """Class and accessibility of a control that may be wrong."""
    if problem is None:
        return {"class_name": f"{_INPUT} border-line {class_name}"}
    bad = wrong(problem, name)
    return {
        "class_name": rx.cond(bad, f"{_INPUT} border-bad {class_name}", f"{_INPUT} border-line {class_name}"),
        "custom_attrs": {"aria-invalid": bad, "aria-describedby": rx.cond(bad, f"{name}-problem", "")},
    }


def text_input(name: str, *, problem: Any = None, class_name: str = "", **props: Any) -> rx.Component:
    """One line of text. For amounts pass `input_mode="decimal"`; give `key` a var to refill it from state."""
    props.setdefault("auto_complete", "off")
    props.setdefault("max_length", 500)
    return rx.el.input(name=name, **_marked(name, problem, class_name), **props)


def text_field(
    label: str, name: str, *, problem: Any = None, hint: Any = "", class_name: str = "", **props: Any
) -> rx.Component:
    """`field` around a `text_input`."""
    return field(
        label,
        text_input(name, problem=problem, **props),
        name=name,
        problem=problem,
        hint=hint,
        class_name=class_name,
    )


def pin_field(*, problem: Any, hint: Any = "", **props: Any) -> rx.Component:
    """The PIN of an account."""
    return text_field(
        "PIN of the account",
        "pin",
        problem=problem,
        type="password",
        input_mode="numeric",
        max_length=12,
        auto_complete="off",
        hint=hint,
        **props,
    )


def pin_form(words: str, *, problem: Any, kind: str, on_submit: Any, class_name: str = "") -> rx.Component:
    """What a button became that asks for a PIN."""
    return form(
        pin_field(problem=problem, auto_focus=True),
        button(words, kind=kind, type="submit"),
        on_submit=on_submit,
        class_name=f"grid gap-3 {class_name}",
    )


def select_input(name: str, options: Any, *, problem: Any = None, class_name: str = "", **props: Any) -> rx.Component:
    """A choice from a list.

    Args:
        options: pairs of value and text, a var of such pairs, or the options themselves as one component.
    """
    if isinstance(options, rx.Component):
        listed: Any = [options]
    elif isinstance(options, rx.Var):
        listed = [rx.foreach(options, lambda option: rx.el.option(option[1], value=option[0]))]
    else:
        listed = [rx.el.option(text, value=value) for value, text in options]
    return rx.el.select(*listed, name=name, **_marked(name, problem, class_name), **props)


def select_field(
    label: str, name: str, options: Any, *, problem: Any = None, hint: Any = "", class_name: str = "", **props: Any
) -> rx.Component:
    """`field` around a `select_input`."""
    return field(
        label,
        select_input(name, options, problem=problem, **props),
        name=name,
        problem=problem,
        hint=hint,
        class_name=class_name,
    )


def checkbox(label: Any, *, name: str, problem: Any = None, class_name: str = "", **props: Any) -> rx.Component:
    """A box to tick, with its sentence; the whole line is the target."""
    if problem is not None:
        props["custom_attrs"] = {"aria-invalid": wrong(problem, name)}
    line = rx.el.label(
        rx.el.input(type="checkbox", name=name, class_name="size-4 accent-brand", **props),
        label,
        class_name=f"flex min-h-11 items-center gap-2.5 text-ink-2 {class_name}",
    )
    return line if problem is None else rx.el.div(line, _group_problem(name, problem, "text-xs text-bad"))


def choice_cards(
    legend: str,
    name: str,
    choices: Sequence[tuple[str, str, str]],
    *,
    chosen: Any,
    lasting: bool = False,
    problem: Any = None,
    **props: Any,
) -> rx.Component:
    """A few answers as cards, one of which is chosen: value, title, line.

    Args:
        lasting: `chosen` follows what is chosen in them, so they are not drawn anew with it: the focus would be lost.
    """
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="mb-2 font-medium"),
        rx.el.div(
            *(
                rx.el.label(
                    rx.el.input(
                        type="radio",
                        name=name,
                        value=value,
                        default_checked=chosen == value,
                        class_name="size-4 accent-brand",
                        **props,
                    ),
                    rx.el.span(
                        rx.el.span(title, class_name="block font-medium"),
                        rx.el.span(line, class_name="block text-xs text-ink-3"),
                    ),
                    class_name=(
                        "flex min-h-16 cursor-pointer items-center gap-3 rounded-lg border border-line bg-surface p-3"
                        " hover:bg-sunken/50 has-checked:border-brand has-checked:bg-brand-soft"
                    ),
                )
                for value, title, line in choices
            ),
            class_name="grid gap-2.5 sm:grid-cols-2",
        ),
        _group_problem(name, problem),
        key="" if lasting else chosen,
        custom_attrs={} if problem is None else {"data-wrong": wrong(problem, name)},
        class_name="grid",
    )


def segmented(
    legend: str,
    name: str,
    choices: Sequence[tuple[str, str]],
    *,
    chosen: Any,
    problem: Any = None,
    hide_legend: bool = False,
    **props: Any,
) -> rx.Component:
    """Two to four short answers side by side: value, text. Works in a form and with `on_change`."""
    return rx.el.fieldset(
        rx.el.legend(legend, class_name="sr-only" if hide_legend else "mb-2 font-medium"),
        rx.el.div(
            *(
                rx.el.label(
                    rx.el.input(
                        type="radio",
                        name=name,
                        value=value,
                        default_checked=chosen == value,
                        class_name="peer sr-only",
                        **props,
                    ),
                    rx.el.span(
                        text,
                        class_name=(
                            "flex h-11 items-center justify-center rounded-md px-3 text-ink-2 peer-checked:bg-surface"
                            " peer-checked:text-ink peer-checked:shadow-card peer-focus-visible:outline-2"
                            " peer-focus-visible:outline-brand lg:h-9"
                        ),
                    ),
                    class_name="grow cursor-pointer",
                )
                for value, text in choices
            ),
            class_name="flex rounded-lg bg-sunken p-1 font-medium",
        ),
        _group_problem(name, problem),
        key=chosen,
        custom_attrs={} if problem is None else {"data-wrong": wrong(problem, name)},
        class_name="grid",
    )


def _group_problem(name: str, problem: Any, class_name: str = "mt-1.5 text-xs text-bad") -> rx.Component:
    if problem is None:
        return rx.fragment()
    return rx.cond(
        wrong(problem, name),
        rx.el.p(why(problem, name), role="alert", class_name=class_name),
        rx.fragment(),
    )


def form_problem(problem: Any, *fields: str) -> rx.Component:
    """The problem of the form as a whole: shown unless it stands beside one of the named fields already."""
    elsewhere = problem.sentence != ""
    for name in fields:
        elsewhere = elsewhere & (problem.field != name)
    return rx.cond(
        elsewhere,
        rx.el.p(
            icon("warning", size="size-4.5"),
            rx.el.span(problem.sentence),
            role="alert",
            class_name="flex items-start gap-2 rounded-lg bg-bad-soft px-3 py-2.5 text-bad",
        ),
        rx.fragment(),
    )
