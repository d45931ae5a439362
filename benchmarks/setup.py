"""Makes the environment of the benchmarks, `.venv-bench`, once: this package, the peers and the tools.

`python3 -m benchmarks.setup` needs nothing but Python. A peer that pip cannot install is reported in one line
and tried again next time; what is installed is remembered in `.venv-bench/installed`.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

__all__ = ["PEERS", "install_missing", "main"]

ROOT = Path(__file__).parent.parent
ENVIRONMENT = ROOT / ".venv-bench"
TOOLS = ["matplotlib", "psutil"]
PEERS = ["torch==2.13.0", "jax==0.10.2", "mygrad==2.5.0", "autograd==1.9.1", "micrograd==0.1.0"]


def pip_install(*arguments: str) -> bool:
    """Install with pip, and say whether it worked. No peer may bring another version of a peer."""
    constraints = ENVIRONMENT / "constraints.txt"
    constraints.write_text("\n".join(PEERS) + "\n")
    pip = [str(ENVIRONMENT / "bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    command = [*pip, "install", "--constraint", str(constraints), *arguments]
    return subprocess.run(command, check=False).returncode == 0


def install_missing(wanted: dict[str, list[str]], stamp: Path, install: Callable[..., bool]) -> list[str]:
    """Install what `stamp` does not list yet, note there what worked, and return what did not.

    `wanted` maps a name to the arguments of `install`.
    """
    installed = stamp.read_text().splitlines() if stamp.exists() else []
    failed = []
    for name, arguments in wanted.items():
        if name in installed:
            continue
        if install(*arguments):
            installed.append(name)
            stamp.write_text("\n".join(installed) + "\n")
        else:
            failed.append(name)
    return failed


def main() -> int:
    """Make the environment; return 1 if the package itself or a tool could not be installed."""
    stamp = ENVIRONMENT / "installed"
    if not stamp.exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()[:16]
    own = {f"autograd-cnn {project}": ["--editable", str(ROOT)]} | {tool: [tool] for tool in TOOLS}
    broken = install_missing(own, stamp, pip_install)
    absent = install_missing({peer: [peer] for peer in PEERS}, stamp, pip_install)
    for peer in absent:
        print(f"absent: {peer} (pip could not install it)", file=sys.stderr)
    for name in broken:
        print(f"benchmarks.setup: pip could not install {name}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
