"""Run every bench of tests/bench in a process of its own, write bench.json, print a table.

A bench is a module `bench_*.py` whose `rows()` returns dicts of name, value, unit, target, holds. Names given on the
command line choose among them: `tools/bench.py engine ledger`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ("name", "value", "unit", "target", "holds")
# By a name that the processes that a bench starts can import too.
CALL = """
import importlib, json, sys
rows = list(importlib.import_module(sys.argv[1]).rows())
with open(sys.argv[2], "w") as out:
    json.dump(rows, out)
"""


def measured(path: Path) -> list[dict]:
    """One bench's rows; a bench that fails is a row that does not hold."""
    out = ROOT / "bench.json.part"
    out.unlink(missing_ok=True)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "FINTWIN_ENV_FILE": ""}
    done = subprocess.run(
        [sys.executable, "-c", CALL, f"tests.bench.{path.stem}", out], cwd=ROOT, env=environment, check=False
    )
    if done.returncode or not out.exists():
        return [
            {"name": path.stem.removeprefix("bench_"), "value": None, "unit": "failed", "target": None, "holds": False}
        ]
    rows = json.loads(out.read_text())
    out.unlink()
    return [{field: row.get(field) for field in FIELDS} for row in rows]


def shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 10 else f"{value:,.0f}"
    return "" if value is None else str(value)


def table(rows: list[dict]) -> str:
    cells = [FIELDS, *([*(shown(row[field]) for field in FIELDS[:4]), "yes" if row["holds"] else "NO"] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(FIELDS))]
    lines = []
    for line in cells:
        name, value, unit, target, holds = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        lines.append(
            f"{name}  {value.strip().rjust(widths[1])} {unit}  {target.strip().rjust(widths[3])}  {holds}".rstrip()
        )
    return "\n".join(lines)


def main() -> None:
    wanted = sys.argv[1:]
    rows: list[dict] = []
    for path in sorted((ROOT / "tests" / "bench").glob("bench_*.py")):
        if not wanted or path.stem.removeprefix("bench_") in wanted:
            print("measuring", path.stem.removeprefix("bench_"), flush=True)
            rows += measured(path)
    if not wanted:
        (ROOT / "bench.json").write_text(json.dumps(rows, indent=1) + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()
