"""The mini-program as a web page for the sandbox's phone: built with Node, when Node is here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

INSTALL_SECONDS, BUILD_SECONDS = 180, 60
STAMP = "built-from"


class Preview:
    """Builds beside the rest of the start; `finish` says how it ended."""

    def __init__(
        self, source: Path, target: Path, env: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        self._source, self._target, self._env, self._say = source, target, env, say

    def build(self) -> None:
        """Build when the sources changed. Never raises: the preview is not needed to start."""
        if not (self._source / "package.json").exists():
            return
        if not (shutil.which("node") and shutil.which("npm")):
            self._say(
                "Node and npm are not here, so the phone shows no mini-program. "
                "没有 Node，小程序预览已略过 (Debian: apt install nodejs npm)."
            )
            return
        wanted = self._fingerprint()
        stamp = self._target / STAMP
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        self._say("Building the mini-program preview (about 5 s) …")
        draft = self._target.with_name(self._target.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        if self._install() and self._run(
            ["node", "webrun/build.mjs", "--out", str(draft)], BUILD_SECONDS
        ):
            (draft / STAMP).write_text(wanted, encoding="utf-8")
            shutil.rmtree(self._target, ignore_errors=True)
            draft.replace(self._target)

    def _install(self) -> bool:
        lock = self._source / "package-lock.json"
        done = self._source / "node_modules" / ".installed-from"
        wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
        if done.exists() and done.read_text(encoding="utf-8") == wanted:
            return True
        if not self._run(["npm", "ci", "--no-audit", "--no-fund"], INSTALL_SECONDS):
            return False
        done.write_text(wanted, encoding="utf-8")
        return True

    def _run(self, command: list[str], seconds: int) -> bool:
        try:
            done = subprocess.run(  # noqa: S603 (our own commands)
                command,
                cwd=self._source,
                env=dict(self._env),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return self._failed(command, f"no end after {seconds} s")
        if done.returncode:
            return self._failed(command, (done.stderr or done.stdout).strip()[-400:])
        return True

    def _failed(self, command: list[str], why: str) -> bool:
        self._say(f"The mini-program preview is left out: `{' '.join(command[:3])}` said: {why}")
        return False

    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        for path in sorted(self._sources()):
            digest.update(str(path.relative_to(self._source)).encode())
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def _sources(self) -> list[Path]:
        folders = [self._source / name for name in ("src", "webrun")]
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return [*files, self._source / "package-lock.json"]
