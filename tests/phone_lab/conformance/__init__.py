"""The lab's adb daemon and Android's own, held to the same cases."""
