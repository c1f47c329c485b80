"""A backup is one file: a dump of the database and the keys that lie beside it.

A tar with `fintwin.json` (what it is), `database.dump` (PostgreSQL's custom format) and `keys/`. It holds everything
in clear: keep it as you would keep the books.
"""

import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from fintwin.db import embedded, roles
from fintwin.db.address import parsed
from fintwin.db.home import Home, migrated, reached, secret_files
from fintwin.db.last_backup import note_backup
from fintwin.db.roles import Names
from fintwin.kernel.clock import Clock, system_clock
from fintwin.kernel.errors import Invalid, Misconfigured, Refused
from fintwin.settings import Settings

_FORMAT = 1


def backup(home: Home, config: Settings, *, to: Path, clock: Clock = system_clock) -> None:
    """Write a backup while the app may go on running: one snapshot of all books.

    Raises:
        Refused: the file exists.
        Misconfigured: no administrator's address, no fitting `pg_dump`, or the dump failed.
    """
    to = to.absolute()
    if to.exists():
        raise Refused(f"{to} exists. Choose another name.", code="file_exists")
    if not to.parent.is_dir():
        raise Invalid(f"There is no folder {to.parent}.", code="no_folder")
    names, powerful, major = _about(home)
    at = clock().astimezone(UTC)
    about = {"format": _FORMAT, "made": at.isoformat(), "postgres": major, "roles": asdict(names)}
    partial = to.with_name(to.name + ".partial")
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".fintwin-") as work:
        dump, manifest = Path(work) / "database.dump", Path(work) / "fintwin.json"
        manifest.write_text(json.dumps(about, indent=1) + "\n")
        # A superuser reads past row security; any other login reads as the owner, whose policies show every row.
        past = [] if powerful else ["--enable-row-security", f"--role={names.owner}"]
        _run(home, "pg_dump", ["--format=custom", *past, f"--file={dump}"], least=major)
        try:
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                with tarfile.open(fileobj=out, mode="w") as tar:
                    tar.add(manifest, "fintwin.json")
                    for key in secret_files(config.data_dir):
                        tar.add(key, f"keys/{key.name}")
                    tar.add(dump, "database.dump")
                out.flush()
                os.fsync(out.fileno())
            partial.rename(to)
        finally:
            partial.unlink(missing_ok=True)
    note_backup(config.data_dir, at=at)


def restore(config: Settings, *, source: Path, say: embedded.Say = lambda _: None) -> None:
    """Bring a backup into an empty data directory and an empty database, then migrate it to this version.

    Raises:
        Invalid: the file is not a backup.
        Refused: there are books already.
        Misconfigured: the restore failed; the data directory is as it was, except for a started database.
    """
    with tempfile.TemporaryDirectory(prefix="fintwin-restore-") as work:
        about = _unpacked(source, Path(work))
        if secret_files(config.data_dir) or (config.embedded and (config.data_dir / "pg").exists()):
            raise Refused(
                f"{config.data_dir} is not empty. Restore into a new folder: FINTWIN_DATA_DIR=... fintwin restore FILE",
                code="not_empty",
            )
        config.data_dir.mkdir(parents=True, exist_ok=True)
        with reached(config, say=say, alone=True) as home:
            _refuse_books(home)
            for key in (Path(work) / "keys").glob("*"):
                _keep(key, config.data_dir)
            try:
                names = Names(**about["roles"])
                roles.prepare(home.admin, folder=config.data_dir, names=names, **_logins(config))
                say("Reading the books back")
                _run(
                    home,
                    "pg_restore",
                    ["--exit-on-error", "--single-transaction", "--no-owner", f"--role={names.owner}", "--no-comments"],
                    arguments=[str(Path(work) / "database.dump")],
                    least=int(about["postgres"]),
                )
            except BaseException:
                for key in secret_files(config.data_dir):
                    key.unlink()
                raise
            migrated(home, config, names=names)


def _logins(config: Settings) -> dict[str, str]:
    return {"app": config.app_database_url, "system": config.system_database_url}


def _about(home: Home) -> tuple[Names, bool, int]:
    """The roles' names, whether this login reads past row security, and the server's major version."""
    if not home.admin:
        raise Misconfigured("A backup needs an administrator's address: set DATABASE_URL.", code="no_administrator")
    engine = create_engine(parsed(home.admin), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            names = roles.installed(connection)
            powerful = connection.scalar(
                text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            )
            number = connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    finally:
        engine.dispose()
    if names is None:
        raise Misconfigured("This database holds no books yet.", code="no_books")
    return names, bool(powerful), int(number or 0) // 10000


def _refuse_books(home: Home) -> None:
    if not home.admin:
        raise Misconfigured("Restoring needs an administrator's address: set DATABASE_URL.", code="no_administrator")
    engine = create_engine(parsed(home.admin), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            if connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")):
                raise Refused("The database is not empty. Restore into a new one.", code="not_empty")
    finally:
        engine.dispose()


def _unpacked(source: Path, folder: Path) -> Mapping[str, Any]:
    """The parts of a backup, laid into a folder; nothing else that a file may hold is written."""
    try:
        with tarfile.open(source, mode="r:") as tar:
            (folder / "keys").mkdir()
            for member in tar:
                path = Path(member.name)
                key = len(path.parts) == 2 and path.parts[0] == "keys" and path.suffix in {".key", ".json"}
                if member.isfile() and (key or member.name in {"fintwin.json", "database.dump"}):
                    content = tar.extractfile(member)
                    assert content is not None
                    with content, (folder / path).open("wb") as out:
                        while block := content.read(1 << 20):
                            out.write(block)
        about = json.loads((folder / "fintwin.json").read_text())
        if about["format"] != _FORMAT or not (folder / "database.dump").exists():
            raise ValueError
        Names(**about["roles"])
        int(about["postgres"])
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError):
        raise Invalid(f"{source} is not a backup of FinTwin.", code="not_a_backup") from None
    assert isinstance(about, dict)
    return about


def _keep(key: Path, folder: Path) -> None:
    with os.fdopen(os.open(folder / key.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(key.read_bytes())
        out.flush()
        os.fsync(out.fileno())


def _run(home: Home, program: str, options: list[str], *, least: int, arguments: list[str] | None = None) -> None:
    """Run one of PostgreSQL's client programs: our server's own, else the oldest on this machine that is new enough."""
    if home.server is not None:
        folder = home.server.bin
    else:
        fitting = sorted((one for one in embedded.programs() if one.major >= least), key=lambda one: one.major)
        if not fitting:
            raise Misconfigured(
                f"{program} of PostgreSQL {least} or later is needed. Install the package postgresql-client-{least}.",
                code="no_client",
            )
        folder = fitting[0].bin
    url = parsed(home.admin)
    done = subprocess.run(
        [folder / program, *options, "--no-password", f"--dbname={_connection(url)}", *(arguments or [])],
        env={**os.environ, "PGPASSWORD": unquote(url.password or "")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Misconfigured(f"{program} failed:\n{done.stderr.strip()[-1500:]}", code="dump_failed")


def _connection(url: URL) -> str:
    """The address without its password, which must not stand in the list of processes."""
    return URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database, query=url.query
    ).render_as_string()
