"""The parts of recharts that our charts use, fetched when the first chart is drawn and not with its page.

Reflex fetches the chart late but its parts with the page, and so the whole library with it: 110 kB before a number shows.
"""

from collections.abc import Callable
from typing import Any

from reflex_base.components.component import Component, NoSSRComponent
from reflex_components_recharts import cartesian, charts, general


class _Near(Component):
    """Holds back what is in it until that is about to come into sight, or may be printed."""

    tag = "Near"

    def add_imports(self) -> dict[str, Any]:
        """React's hooks."""
        return {"react": ["useEffect", "useRef", "useState"]}

    def add_custom_code(self) -> list[str]:
        """The component itself."""
        return [_NEAR]


# A print asks for what is not in sight, and waits for nothing. Who may print has a mouse or holds a key down, so what is
# left of the page is drawn at leisure once one of these is met. Where none was (a menu of a phone), the print shows the
# values as the table that stands below the chart: the library that draws them has to be fetched first.
_NEAR = """const mayPrint = { met: false, waiting: new Set() };
const meet = (event) => {
  if (event.pointerType !== "mouse" && !event.ctrlKey && !event.metaKey) return;
  for (const way of ["pointermove", "keydown"]) removeEventListener(way, meet);
  mayPrint.met = true;
  for (const begin of mayPrint.waiting) begin();
};
if (typeof window !== "undefined") for (const way of ["pointermove", "keydown"]) addEventListener(way, meet);
const Near = ({ children }) => {
  const place = useRef(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (near) return;
    const draw = () => setNear(true);
    const begin = () => (window.requestIdleCallback ?? setTimeout)(draw);
    const sight = new IntersectionObserver(
      (seen) => { if (seen.some((one) => one.isIntersecting)) draw(); },
      { rootMargin: "200px" },
    );
    sight.observe(place.current);
    const print = () => {
      draw();
      const values = place.current.closest("figure")?.querySelector("details:not([open])");
      if (!values) return;
      values.open = true;
      addEventListener("afterprint", () => { values.open = false; }, { once: true });
    };
    addEventListener("beforeprint", print);
    mayPrint.waiting.add(begin);
    if (mayPrint.met) begin();
    return () => {
      sight.disconnect();
      removeEventListener("beforeprint", print);
      mayPrint.waiting.delete(begin);
    };
  }, [near]);
  return jsx("div", { ref: place, className: "size-full" }, near ? children : null);
};"""


def _late(part: type[Component]) -> Callable[..., Component]:
    """Makes the same component, imported by the browser when it is first drawn."""
    late: Any = type(part.__name__, (NoSSRComponent, part), {"__module__": __name__})
    return late.create


def composed_chart(*children: Any, **props: Any) -> Component:
    """The chart in a container that takes the size of what is around it, drawn when it comes into sight.

    On a phone most charts lie below what is seen first, and the drawing costs more than the rest of such a page.
    """
    # Not `ComposedChart.create`, which would put it into a container that comes with the page.
    chart = super(charts.ChartBase, charts.ComposedChart).create(*children, **props)
    return _Near.create(_container(chart, width="100%", height="100%"))


_container = _late(general.ResponsiveContainer)
area = _late(cartesian.Area)
cartesian_grid = _late(cartesian.CartesianGrid)
graphing_tooltip = _late(general.GraphingTooltip)
line = _late(cartesian.Line)
reference_dot = _late(cartesian.ReferenceDot)
reference_line = _late(cartesian.ReferenceLine)
x_axis = _late(cartesian.XAxis)
y_axis = _late(cartesian.YAxis)
