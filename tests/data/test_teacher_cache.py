"""A teacher's answers survive kills, full disks and new names; they lie where the image does."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.data.samples import Sample
from studio.data.teacher_cache import TeacherCache, teacher_name
from studio.data.teacher_layout import TeacherLayout
from studio.errors import OutputError
from studio.inference.geometry import axis, fitted_size
from studio.inference.model import LogitsGrid

NAMES = tuple(f"images/{i}.jpg {100 + i}" for i in range(6))
SHAPE = (5, 4, 3)


def _open(
    path: Path, names: tuple[str, ...] = NAMES, key: str = "teacher", shape: object = SHAPE
) -> TeacherCache:
    return TeacherCache.open_or_create(
        path,
        key,
        names,
        shape,  # type: ignore[arg-type]
        input_size=(65, 49),
        grid="align_corners",
    )


def _logits(number: int) -> NDArray[np.float32]:
    return np.random.default_rng(number).normal(size=SHAPE).astype(np.float32)


def test_what_was_written_is_found_again(tmp_path: Path) -> None:
    with _open(tmp_path / "c") as cache:
        assert cache.missing() == (0, 1, 2, 3, 4, 5)
        cache.write(4, _logits(4))
        assert cache.missing() == (0, 1, 2, 3, 5)
    with _open(tmp_path / "c") as cache:
        assert cache.missing() == (0, 1, 2, 3, 5)
        found = cache.find(NAMES[4])
        assert found is not None
        assert (found == _logits(4).astype(np.float16)).all()
        assert cache.find(NAMES[0]) is None
        assert cache.find("images/unknown.jpg") is None


def test_new_names_join_and_old_answers_stay(tmp_path: Path) -> None:
    with _open(tmp_path / "c") as cache:
        cache.write(1, _logits(1))
    with _open(tmp_path / "c", ("photos/new.jpg", NAMES[1])) as cache:
        assert cache.find(NAMES[1]) is not None
        number = cache.names.index("photos/new.jpg")
        assert number in cache.missing()
        cache.write(number, _logits(9))
        assert cache.find("photos/new.jpg") is not None


def test_a_replaced_image_and_one_elsewhere_have_other_names(tmp_path: Path) -> None:
    names = set()
    for folder, content in (("images", b"1"), ("photos", b"1"), ("images", b"another")):
        path = tmp_path / folder / "a.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        names.add(teacher_name(Sample("a", path)))
    path.unlink()
    names.add(teacher_name(Sample("a", path)))
    assert len(names) == 4


@pytest.mark.parametrize("change", [{"key": "another"}, {"shape": (5, 4, 2)}])
def test_answers_of_another_teacher_are_not_used(tmp_path: Path, change: dict[str, object]) -> None:
    with _open(tmp_path / "c") as cache:
        cache.write(1, _logits(1))
    with _open(tmp_path / "c", **change) as cache:  # type: ignore[arg-type]
        assert len(cache.missing()) == len(NAMES)


@pytest.mark.parametrize("damage", ["logits.f16", "checksums.u32", "index.json"])
def test_damaged_files_cost_answers_but_never_give_wrong_ones(tmp_path: Path, damage: str) -> None:
    with _open(tmp_path / "c") as cache:
        for number in range(len(NAMES)):
            cache.write(number, _logits(number))
    file = tmp_path / "c" / damage
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x55
    file.write_bytes(content[:-3])
    with _open(tmp_path / "c") as cache:
        assert cache.missing()
        _expect_right(cache)


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "thesis.txt").write_text("mine")
    _open(tmp_path / "c").close()
    _open(tmp_path / "c", key="another").close()
    assert (tmp_path / "c" / "thesis.txt").read_text() == "mine"


def test_a_process_killed_while_it_writes_leaves_no_torn_answer(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from tests.data.test_teacher_cache import _logits, _open, NAMES\n"
        "cache = _open(Path(sys.argv[1]))\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for number in range(len(NAMES)):\n"
        "        cache.write(number, _logits(number))\n"
    )
    root = Path(__file__).resolve().parents[2]
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "c")],
            cwd=root,
            stdout=subprocess.PIPE,
        )
        with process:
            assert process.stdout is not None
            process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
        with _open(tmp_path / "c") as cache:
            _expect_right(cache)


def test_a_full_disk_is_told_in_words_and_keeps_what_is_there(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with _open(tmp_path / "c") as cache:
        cache.write(0, _logits(0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (130, limits[1]))
        try:
            with pytest.raises(OutputError, match="Could not write"):
                cache.write(5, _logits(5))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with _open(tmp_path / "c") as cache:
        assert cache.missing() == (1, 2, 3, 4, 5)


def test_a_place_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Could not write"):
        _open(tmp_path / "file" / "c")


def test_logits_of_another_size_are_a_mistake(tmp_path: Path) -> None:
    with _open(tmp_path / "c") as cache, pytest.raises(ValueError, match="Expected logits"):
        cache.write(0, np.zeros((4, 4, 3), np.float32))


def test_huge_logits_stay_finite(tmp_path: Path) -> None:
    with _open(tmp_path / "c") as cache:
        cache.write(0, np.full(SHAPE, 1e9, np.float32))
        assert np.isfinite(cache.read(0)).all()


_grids = st.sampled_from(["align_corners", "half_pixel"])


@settings(max_examples=40)
@given(_grids, st.integers(20, 200), st.integers(20, 200))
def test_points_are_interpolated_as_masks_of_models_are(
    grid: LogitsGrid, height: int, width: int
) -> None:
    layout = TeacherLayout((65, 65), grid)
    random = np.random.default_rng((height, width))
    shape = (5, 5, 2) if grid == "align_corners" else (4, 4, 2)
    logits = random.normal(size=shape).astype(np.float16)
    seen = layout.sample(logits, (height, width), np.arange(float(height)), np.arange(float(width)))
    fitted = fitted_size((height, width), (65, 65), "letterbox")
    rows = axis(height, fitted[0], 65, shape[0], grid)
    columns = axis(width, fitted[1], 65, shape[1], grid)
    wanted = logits.astype(float)
    for number, taps in enumerate((rows, columns)):
        after = np.minimum(taps.low + 1, shape[number] - 1)
        weight = np.expand_dims(taps.weight, tuple(i for i in range(3) if i != number))
        wanted = np.take(wanted, taps.low, number) * (1 - weight) + (
            np.take(wanted, after, number) * weight
        )
    assert np.abs(seen - wanted).max() < 0.01


def _expect_right(cache: TeacherCache) -> None:
    for number, name in enumerate(NAMES):
        found = cache.find(name)
        if found is not None:
            assert (found == _logits(number).astype(np.float16)).all()
