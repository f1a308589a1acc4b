"""Everything that a phone needs to run models, as one folder: found, or built from pinned packages.

`find` looks for one, `build` makes one; `pins` names the packages, `fetch` gets them, `compile`
makes the runner and `pack` puts all into one file. The GUI's process may import all of it.
"""

from __future__ import annotations

from studio.targets.phone.bundle.build import ensure_bundle
from studio.targets.phone.bundle.find import Bundle, BundleFile, find_bundle
from studio.targets.phone.bundle.sources import runner_hash

__all__ = ["Bundle", "BundleFile", "ensure_bundle", "find_bundle", "runner_hash"]
