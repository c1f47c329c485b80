"""When the books were last backed up; apart from `backup`, so that a page can say so without Alembic in its process."""

import json
from datetime import datetime
from pathlib import Path

_FILE = "backup.json"


def last_backup(folder: Path) -> datetime | None:
    """When a backup of this data directory was last made, in UTC; None for never."""
    try:
        return datetime.fromisoformat(json.loads((folder / _FILE).read_text())["at"])
    except (OSError, ValueError, KeyError):
        return None


def note_backup(folder: Path, *, at: datetime) -> None:
    """Keep the instant (UTC) of a backup of this data directory."""
    fresh = folder / (_FILE + ".new")
    fresh.write_text(json.dumps({"at": at.isoformat()}) + "\n")
    fresh.replace(folder / _FILE)
