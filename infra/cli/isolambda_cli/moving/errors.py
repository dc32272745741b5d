"""The errors of an export and an import.

IsolambdaError
├── ExportError          a folder is no export, or cannot be one
├── FieldError           a value in a file of an export is none that there may be
├── ImportRefusedError   what an installation has forbids the import
└── ImportCutOffError    a resource cannot be written
"""

from isolambda_core.domain.errors import IsolambdaError


class ExportError(IsolambdaError):
    """A folder is no export, or cannot be one; ``str(error)`` names the file and says why."""


class FieldError(IsolambdaError):
    """A value is none that there may be; ``str(error)`` names its key and says why."""


class ImportRefusedError(IsolambdaError):
    """What an installation has forbids the import; nothing was written."""


class ImportCutOffError(IsolambdaError):
    """A resource cannot be written, and those before it are; ``str(error)`` says which and why."""
