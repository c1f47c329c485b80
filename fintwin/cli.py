"""The command `fintwin`."""

import argparse
import logging
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import fintwin
from fintwin.db.under import under
from fintwin.kernel.errors import FinTwinError
from fintwin.settings import Settings, settings

if TYPE_CHECKING:
    from fintwin.ledger import chain


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: 0 where it did what was asked, 1 where it was refused, with a sentence."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for name in ("alembic", "procrastinate"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        with under(f"command:{' '.join(part for part in (asked.command, getattr(asked, 'what', '')) if part)}"):
            sys.exit(asked.call(asked, settings()))
    except FinTwinError as fault:
        print(fault.sentence, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def commands() -> list[str]:
    """The names of all commands."""
    [found] = [action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return list(found.choices)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fintwin", description="FinTwin keeps your books and asks what if. Settings: README.md."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, call: object, text: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        made.set_defaults(call=call, command=name)
        return made

    command("run", _run, "start everything: database, web, worker")
    worker = command("worker", _worker, "run only the worker (imports, events), beside a web process elsewhere")
    worker.add_argument(
        "--replay", action="store_true", help="give what failed in a worker another try, and run nothing"
    )
    household = command("demo", _demo, "make a demo household, for the next visitor who tries the demo")
    household.add_argument("--locale", default="en-US", help="such as de-DE; with the zone it gives the currency")
    household.add_argument("--zone", default="America/New_York", help="such as Europe/Berlin")
    migration = command("migrate", _migrate, "make or update roles and tables")
    migration.add_argument(
        "--print-roles", action="store_true", help="print the SQL that makes the roles by hand, and do nothing"
    )
    command("rebuild", _rebuild, "make balances and roll-ups from the postings alone, and say what differed")
    proof = command(
        "verify", _verify, "prove the books: balances, versions, owners, and that nothing sealed was touched"
    )
    proof.add_argument("--head", type=Path, metavar="FILE", help="a head that `fintwin seals export` wrote earlier")
    seals = command("seals", _seals, "keep the head of the seals outside, to prove later that nothing was cut off")
    seals.add_argument("what", choices=["export"])
    seals.add_argument("file", type=Path)
    command("keys", _keys, "list the files of keys that a backup carries, and the key that proves the seals")
    staff = command("staff", _staff, "say who may help people with their books")
    staff.add_argument(
        "what", choices=["grant", "revoke", "link"], help="link: print an address that takes a local profile over"
    )
    staff.add_argument("who", metavar="WHO", help="an e-mail or customer number; for link a profile's name")
    staff.add_argument("--role", choices=["staff", "admin"], default="staff", help="what to grant (staff)")
    staff.add_argument("--reason", default="", help="kept in the audit trail")
    written = command("backup", _backup, "write all books and keys to one file; the app may be running")
    written.add_argument("file", type=Path)
    brought = command("restore", _restore, "bring a backup into an empty data directory and database")
    brought.add_argument("file", type=Path)
    return parser


def _say(line: str) -> None:
    print(line, flush=True)


def _run(_asked: argparse.Namespace, config: Settings) -> int:
    from fintwin import supervisor

    return supervisor.run(config)


def _worker(asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.events.worker import run_worker

    if asked.replay:
        return _replay(config)

    for room in sorted(path.name for path in Path(fintwin.__file__).parent.iterdir() if path.is_dir()):
        if room != "events" and find_spec(f"fintwin.{room}.jobs") is not None:
            import_module(f"fintwin.{room}.jobs")
    return run_worker(config)


def _replay(config: Settings) -> int:
    from fintwin.db import home
    from fintwin.db.work import system_work
    from fintwin.events import jobs, outbox

    with home.opened(config, say=_say), system_work() as session:
        events, failed = outbox.replay(session), jobs.retry_failed(session)
    _say(f"{events} events and {failed} jobs get another try.")
    return 0


def _demo(asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import home
    from fintwin.demo import service

    with home.opened(config, say=_say):
        money = service.prepare(locale=asked.locale, zone=asked.zone)
    _say(f"A demo household in {money} is ready: who next tries the demo in {money} gets it.")
    return 0


def _migrate(asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import home, roles

    with home.reached(config, say=_say) as reached:
        if asked.print_roles:
            print(roles.printed_for(reached.admin, prefix=config.roles))
        else:
            home.migrated(reached, config)
            _say("The database is up to date")
    return 0


def _verify(asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import home
    from fintwin.db.work import system_work
    from fintwin.identity import keys
    from fintwin.ledger import chain, sealing, seals, verify

    heads = [head for head in (sealing.known_head(config.data_dir), _head(asked.head)) if head is not None]
    public = [one.public_key() for one in keys.signers(config.data_dir, make=False)]
    with home.opened(config, say=_say):
        with system_work() as session:
            findings = verify.run(session)
        with system_work(snapshot=True) as session:
            proof = seals.prove(session, keys=public, heads=heads)
    findings += proof.findings
    for finding in findings:
        _say(f"{finding.rule}: {finding.sentence}")
    if findings:
        _say(f"{len(findings)} findings")
        return 1
    _say(f"The books are whole: {len(verify.RULES)} rules hold.")
    waiting = f"; {proof.waiting} newer entries wait for the next block" if proof.waiting else ""
    _say(f"{proof.blocks} blocks seal {proof.rows} rows, each as it was sealed{waiting}.")
    if asked.head is not None:
        _say(f"Block {chain.read_head(asked.head.read_text()).number} of {asked.head} is in the chain.")
    return 0


def _head(path: Path | None) -> "chain.Head | None":
    from fintwin.kernel.errors import Invalid
    from fintwin.ledger import chain

    if path is None:
        return None
    try:
        return chain.read_head(path.read_text())
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"{path} cannot be read: {fault}", code="unreadable") from None


def _seals(asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import home
    from fintwin.db.work import system_work
    from fintwin.kernel.errors import Refused
    from fintwin.ledger import chain, sealing

    with home.opened(config, say=_say), system_work() as session:
        head = sealing.last_head(session)
    if head is None:
        raise Refused("Nothing is sealed yet. The worker seals once a minute.", code="nothing_sealed")
    try:
        with asked.file.open("x") as file:
            file.write(chain.head_text(head))
    except OSError as fault:
        raise Refused(f"{asked.file} cannot be written: {fault.strerror}", code="unwritable") from None
    _say(
        f"{asked.file} holds the head of block {head.number}. `fintwin verify --head` proves later that it is still there."
    )
    return 0


def _rebuild(_asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import home
    from fintwin.db.work import system_work
    from fintwin.ledger import rollups

    with home.opened(config, say=_say):
        with system_work() as session:
            accounts = rollups.real_accounts(session)
        different = 0
        for account in accounts:
            with system_work() as session:
                found = rollups.rebuild(session, account=account)
            for difference in found:
                _say(str(difference))
            different += len(found)
    _say(
        f"{different} kept values differed and were put right."
        if different
        else f"Nothing differed: {len(accounts)} accounts are kept as their postings say."
    )
    return 0


def _keys(_asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import home
    from fintwin.identity import keys

    for path in home.secret_files(config.data_dir):
        _say(str(path))
    for number, one in enumerate(keys.signers(config.data_dir, make=False)):
        _say(f"Seals are {'signed' if number == 0 else 'proved'} with the public key {keys.public_key(one)}")
    return 0


def _staff(asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import home
    from fintwin.db.work import system_work
    from fintwin.identity import staff

    with home.opened(config, say=_say), system_work() as session:
        if asked.what == "link":
            path = staff.link(session, profile=asked.who)
            _say(f"Open this within a day and sign in; the books of {asked.who} are then yours:")
            _say(config.public_url + path)
        elif asked.what == "grant":
            _say(str(staff.grant(session, called=asked.who, role=asked.role, reason=asked.reason)))
        else:
            _say(str(staff.revoke(session, called=asked.who, reason=asked.reason)))
    return 0


def _backup(asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import backup, home

    with home.reached(config, say=_say) as reached:
        backup.backup(reached, config, to=asked.file)
    _say(f"{asked.file} holds all books and the keys to them, in clear. Keep it safe.")
    return 0


def _restore(asked: argparse.Namespace, config: Settings) -> int:
    from fintwin.db import backup

    backup.restore(config, source=asked.file, say=_say)
    _say(f"The books are in {config.data_dir}. `fintwin verify` proves them.")
    return 0
