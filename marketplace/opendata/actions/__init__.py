"""Publish what happened here; take in what was published elsewhere."""

from .importing import NotAPackage, import_package
from .publishing import InvalidRelease, ocid_for, publish_release

__all__ = ["InvalidRelease", "NotAPackage", "import_package", "ocid_for", "publish_release"]
