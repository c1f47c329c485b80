"""Put this folder on the environment's path and make its `fintwin` command; nothing is built or downloaded."""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    Path(sysconfig.get_path("purelib"), "fintwin.pth").write_text(f"{ROOT}\n")
    command = Path(sysconfig.get_path("scripts"), "fintwin")
    command.write_text(f"#!{sys.executable}\nfrom fintwin.cli import main\n\nmain()\n")
    command.chmod(0o755)


if __name__ == "__main__":
    main()
