"""Puts the bundle into wheels, so that who installs one needs no compiler. Run by hatchling."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LEAVE_OUT = "JEJUNET_WHEEL_WITHOUT_BUNDLE"
_PLACE = "studio/_data/resources/device_runner/bundle"


class BundleHook(BuildHookInterface[Any]):
    """Finds or builds the bundle while a wheel is built; an editable installation goes without.

    A wheel without one works too: the studio builds it at the first deployment then.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the bundle to what the wheel holds.

        Args:
            version: of the target: `standard`, or `editable`.
            build_data: of the build; changed.
        """
        if version != "standard" or os.environ.get(LEAVE_OUT):
            return
        packed = self._packed()
        if packed is not None:
            build_data["force_include"][str(packed)] = f"{_PLACE}/{packed.name}"

    def _packed(self) -> Path | None:
        # Builds run isolated from the environment that the studio is installed in.
        sys.path.insert(0, self.root)
        try:
            from studio.errors import StudioError
            from studio.targets.phone.bundle.build import build_bundle
            from studio.targets.phone.bundle.find import find_bundle

            try:
                bundle = find_bundle()
                if bundle is not None and bundle.packed is not None:
                    return bundle.packed
                self.app.display_info(
                    f"Building the bundle for phones ({LEAVE_OUT}=1 leaves it out)"
                )
                return build_bundle()
            except StudioError as error:
                self.app.display_warning(f"The wheel goes without the bundle for phones: {error}")
                return None
        finally:
            sys.path.remove(self.root)
