"""The errors of a project. Each names the file, and the line or the key where that is known.

IsolambdaError
└── ProjectError
    ├── NoProjectError   there is no manifest here or above
    ├── ManifestError    the manifest cannot be read, or breaks a rule
    └── BundleError      a source cannot be read or bundled
"""

from isolambda_core.domain.errors import IsolambdaError


class ProjectError(IsolambdaError):
    """A project is not as it should be; ``str(error)`` says what, and where."""


class NoProjectError(ProjectError):
    """Neither a folder nor any above it has a manifest."""


class ManifestError(ProjectError):
    """The manifest is no TOML, or breaks a rule."""


class BundleError(ProjectError):
    """A source of a function cannot be read, or its packages cannot be bundled."""
