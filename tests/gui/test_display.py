"""Without a screen the studio says so, and names what works."""

from __future__ import annotations

import sys

import pytest

from studio.gui.display import display_problem


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_no_screen_is_told_with_the_verbs_that_work() -> None:
    problem = display_problem()
    assert problem is not None
    assert "every verb of the command line works" in problem
    assert "jejunet --help" in problem


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DISPLAY", ":0"),
        ("WAYLAND_DISPLAY", "wayland-0"),
        ("QT_QPA_PLATFORM", "offscreen"),
        ("QT_QPA_PLATFORM", "minimal;xcb"),
        ("QT_QPA_PLATFORM", "vnc:size=800x600"),
    ],
)
def test_any_way_to_draw_will_do(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert display_problem() is None


@pytest.mark.parametrize("value", ["xcb", "wayland"])
def test_platform_that_needs_a_screen_does_not_help(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", value)
    assert display_problem() is not None


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_other_systems_have_a_screen_of_their_own(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    assert display_problem() is None
