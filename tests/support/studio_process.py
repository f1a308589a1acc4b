"""The real studio in a process of its own, told what to do: `python studio_process.py WORD ...`.

As a script it runs the command line's own entry and obeys lines of JSON on its standard input, a
name and its arguments each, with a line of JSON for each on its standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parent.parent.parent
_ANSWER_SECONDS = 60.0


class StudioProcess:
    """A running studio whose window is there with its panels.

    Args:
        folder: for its workspace, settings and log.
        arguments: of the command line.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "JEJUNET_WORKSPACE": str(folder / "workspace"),
                "JEJUNET_SETTINGS": str(folder / "studio.ini"),
            },
        )
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    @property
    def pid(self) -> int:
        """Of the GUI process."""
        return self._process.pid

    def ask(self, command: str, *arguments: object) -> Any:
        """Have it do something, and return its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([command, *arguments]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Close its window; fails the test when it does not end well."""
        self.ask("close")
        _, said = self._process.communicate(timeout=_ANSWER_SECONDS)
        assert self._process.returncode == 0, said
        assert "Traceback" not in said, said

    def kill(self) -> None:
        """End it as kill -9 does."""
        self._process.kill()
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        overdue = threading.Timer(_ANSWER_SECONDS, self._process.kill)
        overdue.start()
        try:
            line = self._process.stdout.readline()
        finally:
            overdue.cancel()
            overdue.join()
        if not line:
            _, said = self._process.communicate()
            raise AssertionError(f"the studio ended or fell silent: {said}")
        return json.loads(line)


def _run() -> int:
    from PySide6.QtCore import QSocketNotifier

    from studio import cli, paths
    from studio.gui import main_window
    from studio.gui.main_window import MainWindow

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    paths.model_dirs = list  # none but what it is given

    def answer(value: object) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    def commands(window: MainWindow) -> dict[str, Callable[..., object]]:
        panels = window.panels
        playback, panel, jobs = panels.playback, panels.playback_panel, panels.jobs
        assert playback is not None
        assert panel is not None
        assert jobs is not None

        def state() -> dict[str, object]:
            shown = playback.shown
            return {
                "index": -1 if shown is None else shown.index,
                "has_mask": shown is not None and shown.mask is not None,
                "is_playing": playback.is_playing,
                "engine_pid": playback.engine_pid,
                "told": [str(error) for error in window.banners.errors],
                "jobs": [
                    [row.entry.title, str(row.entry.status), row.entry.folder.name]
                    for row in jobs.list.rows
                ],
                "docks": {
                    key: [dock.isHidden(), dock.isFloating()]
                    for key, dock in window.docks.docks.items()
                },
                "size": [window.width(), window.height()],
                "theme": window.settings.theme,
            }

        return {
            "state": state,
            "export": lambda path: panel.exports.export_video(Path(path)),
            "hide": lambda key: window.docks[key].close(),
            "float": lambda key: window.docks[key].setFloating(True),
            "resize": window.resize,
            "theme": window.choose_theme,
            "pause": playback.pause,
            "play": playback.play,
            "close": window.close,
        }

    class Driven(MainWindow):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.panels_ready.connect(self._listen)

        def _listen(self) -> None:
            known = commands(self)
            self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)

            def obey() -> None:
                name, *arguments = json.loads(sys.stdin.readline())
                value = known[name](*arguments)
                answer(value if name == "state" else None)

            self._notifier.activated.connect(obey)
            answer("ready")

    main_window.MainWindow = Driven  # type: ignore[assignment,misc]
    return cli.main()


if __name__ == "__main__":
    sys.exit(_run())
