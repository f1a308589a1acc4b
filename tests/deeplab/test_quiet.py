"""What libraries print stays in a file; what the studio prints afterwards does not."""

from __future__ import annotations

import os
import sys
import warnings

import pytest

from studio.deeplab.quiet import last_words, quiet


def test_words_of_python_and_of_native_code_stay_off_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with quiet() as log:
        print("from Python")
        sys.stderr.write("from Python's errors\n")
        sys.stdout.flush()
        os.write(1, b"from C\n")
        os.write(2, b"from C's errors\n")
        warnings.warn("about something", stacklevel=1)
        words = last_words(log)
    print("afterwards")
    assert capfd.readouterr() == ("afterwards\n", "")
    for said in ("from Python\n", "from Python's errors", "from C\n", "from C's errors"):
        assert said in words


def test_an_error_leaves_the_terminal_as_it_was(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with quiet():
            os.write(1, b"before\n")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    os.write(1, b"afterwards\n")
    assert capfd.readouterr().out == "afterwards\n"


def test_only_the_end_of_much_is_kept() -> None:
    with quiet() as log:
        print("a" * 10_000 + "the end")
        words = last_words(log, 20)
    assert len(words) == 20
    assert words.endswith("the end\n")
