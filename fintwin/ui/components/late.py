"""The parts of recharts that our charts use, fetched when the first chart is drawn and not with its page.

Reflex fetches the chart late but its parts with the page, and so the whole library with it: 110 kB before a number shows.
"""

from typing import Any, TypeVar

from reflex_base.components.component import Component, NoSSRComponent
from reflex_components_recharts import cartesian, charts, general

Part = TypeVar("Part", bound=Component)


def _late(part: type[Part]) -> type[Part]:
    """The same component, imported by the browser when it is first drawn."""
    return type(part.__name__, (NoSSRComponent, part), {"__module__": __name__})


def composed_chart(*children: Any, **props: Any) -> Component:
    """The chart in a container that takes the size of what is around it."""
    # Not `ComposedChart.create`, which would put it into a container that comes with the page.
    chart = super(charts.ChartBase, charts.ComposedChart).create(*children, **props)
    return _container(chart, width="100%", height="100%")


_container = _late(general.ResponsiveContainer).create
area = _late(cartesian.Area).create
cartesian_grid = _late(cartesian.CartesianGrid).create
graphing_tooltip = _late(general.GraphingTooltip).create
line = _late(cartesian.Line).create
reference_dot = _late(cartesian.ReferenceDot).create
reference_line = _late(cartesian.ReferenceLine).create
x_axis = _late(cartesian.XAxis).create
y_axis = _late(cartesian.YAxis).create
