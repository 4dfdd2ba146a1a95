"""Make `.venv` and fill it from the pinned, hashed requirements; instant when nothing changed.

Runs on any Python 3 with nothing installed: only the standard library, and syntax that an old
interpreter can still read, so that it can say in one sentence that it is too old.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
UNFINISHED = os.path.join(VENV, "unfinished")  # there while pip works; left behind by a kill
SETS = {  # what is installed for each purpose; the later files hold the earlier ones' pins too
    "run": ["requirements.txt"],
    "tests": ["requirements.txt", os.path.join("tests", "requirements.txt")],
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    wanted = "tests" if parser.parse_args().tests else "run"
    if sys.version_info < OLDEST:
        return move_to_newer_python()
    with OnlyOneAtATime():
        if is_ready(wanted) or is_ready("tests"):
            return 0
        return make_environment(wanted)


def move_to_newer_python() -> int:
    """Start again under a newer interpreter of this machine, or say what to install."""
    for minor in range(19, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and subprocess.call([newer, "-c", ""], stderr=subprocess.DEVNULL) == 0:  # noqa: S603
            os.execv(newer, [newer] + sys.argv)  # noqa: RUF005, S606 (old syntax; our own file)
    say(
        f"乡音 needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable}).",
        "需要 Python 3.11 以上版本。Install one (Debian 12: apt install python3 python3-venv) and",
        "choose it with: make run PYTHON=/path/to/python3.11",
    )
    return 1


class OnlyOneAtATime:
    """Hold a lock file, so that `make run` and `make test` started together do not collide."""

    def __enter__(self) -> None:
        import fcntl  # here, not above: missing on Windows, where the sentences above still help

        folder = os.path.join(ROOT, "var", "run")
        os.makedirs(folder, exist_ok=True)
        self.file = open(os.path.join(folder, "bootstrap.lock"), "w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Another make is preparing .venv; waiting for it …")
            fcntl.flock(self.file, fcntl.LOCK_EX)
        fcntl.fcntl(self.file, fcntl.F_SETFD, 0)  # a pip that outlives us inherits the lock

    def __exit__(self, *_error: object) -> None:
        self.file.close()


def stamp(wanted: str) -> str:
    return os.path.join(VENV, "ready-" + wanted)


def fingerprint(wanted: str) -> str:
    """What a finished environment was made from: the pins, its Python and its place on the disk."""
    pins = hashlib.sha256()
    for name in SETS[wanted]:
        with open(os.path.join(ROOT, name), "rb") as file:
            pins.update(file.read())
    return f"{pins.hexdigest()} {VENV} {sys.version_info[0]}.{sys.version_info[1]}"


def is_ready(wanted: str) -> bool:
    try:
        with open(stamp(wanted), encoding="utf-8") as file:
            return file.read() == fingerprint(wanted) and os.path.exists(PYTHON)
    except OSError:
        return False


def make_environment(wanted: str) -> int:
    began = time.monotonic()
    if os.path.exists(UNFINISHED) or (os.path.exists(VENV) and not is_sound()):
        say("The last preparation of .venv was interrupted or is from elsewhere; starting afresh.")
        shutil.rmtree(VENV)
    if not os.path.exists(VENV):
        if not has_ensurepip():
            return 1
        say(f"Making .venv with Python {sys.version.split()[0]} …")
        subprocess.check_call([sys.executable, "-m", "venv", VENV])  # noqa: S603
    with open(UNFINISHED, "w", encoding="utf-8"):
        pass
    if not install(SETS[wanted][-1]):
        return 1
    with open(stamp(wanted), "w", encoding="utf-8") as file:
        file.write(fingerprint(wanted))
    os.remove(UNFINISHED)
    say(f"Ready after {time.monotonic() - began:.0f} s.")
    return 0


def is_sound() -> bool:
    """Whether .venv has a working pip, was made here, and by this version of Python."""
    check = "import sys, pip; print(sys.prefix, '%d.%d' % sys.version_info[:2])"
    try:
        told = subprocess.check_output([PYTHON, "-c", check], stderr=subprocess.DEVNULL)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return False
    return told.decode().strip() == f"{VENV} {sys.version_info[0]}.{sys.version_info[1]}"


def has_ensurepip() -> bool:
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        say(
            "Python's venv module is incomplete here. 缺少 venv 组件。",
            "On Debian and Ubuntu run: apt install python3-venv   and then make again.",
        )
        return False
    return True


def install(requirements: str) -> bool:
    """Run pip and show one moving line; on failure show what pip said."""
    path = os.path.join(ROOT, requirements)
    with open(path, encoding="utf-8") as file:
        total = len(re.findall(r"^[a-z0-9][\w.\-\[\]]*==", file.read(), re.MULTILINE))
    say(f"Installing {total} pinned packages from {requirements} …")
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--no-input", "--no-color"]
    command += ["--disable-pip-version-check", "--progress-bar", "off", "-r", path]
    pip = subprocess.Popen(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        close_fds=False,
    )
    told, seen = [], 0
    for raw in pip.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        told.append(line)
        step = re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.\-]+)", line)
        if step:
            seen += 1
            progress(min(seen, total), total, step.group(1))
        elif line.startswith("Installing collected packages"):
            progress(total, total, "unpacking, about 20 s more")
    if pip.wait() == 0:
        progress(total, total, "done", last=True)
        return True
    say("", "pip could not install the packages; its last lines were:")
    say(*("    " + line for line in told[-12:]))
    say("Is the package index reachable? Run the same make command again to go on.")
    return False


def progress(done: int, total: int, name: str, *, last: bool = False) -> None:
    text = f"  [{done}/{total}] {name}"
    if sys.stdout.isatty():
        sys.stdout.write("\r" + text.ljust(60) + ("\n" if last else ""))
        sys.stdout.flush()
    elif last or done % 10 == 0 or name.startswith("unpacking"):
        say(text)


def say(*lines: str) -> None:
    encoding = sys.stdout.encoding or "ascii"
    for line in lines:
        print(line.encode(encoding, "replace").decode(encoding), flush=True)


if __name__ == "__main__":
    sys.exit(main())
