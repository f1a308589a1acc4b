"""Everything of ours lies below one folder, under names that tell contents apart."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from studio.targets.phone.paths import ROOT, bundle_dir, clip_path, is_bundle_name, model_path

_hashes = st.binary().map(lambda data: hashlib.sha256(data).hexdigest())


@given(_hashes, _hashes)
def test_other_contents_lie_at_other_places_below_our_folder(one: str, other: str) -> None:
    for place in (bundle_dir, model_path, clip_path):
        assert place(one).startswith(f"{ROOT}/")
        assert (place(one) == place(other)) == (one == other)
    assert len({bundle_dir(one), model_path(one), clip_path(one)}) == 3


@given(_hashes)
def test_a_bundle_is_known_by_its_name(digest: str) -> None:
    assert is_bundle_name(bundle_dir(digest).removeprefix(f"{ROOT}/"))
    assert not is_bundle_name("models")
