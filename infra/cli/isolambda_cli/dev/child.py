"""The process that serves for ``isolambda dev``; it ends with the one that started it.

Usage: ``python -m isolambda_cli.dev.child PARENT PORT DATA_DIR``.
"""

import json
import sys
from pathlib import Path

from isolambda_cli.server_import import import_serve
from isolambda_core.domain.errors import IsolambdaError
from isolambda_local.processes.parent import end_with
from isolambda_local.settings import ServerSettings


def main(parent: int, port: int, data_dir: Path) -> None:
    """Serve on a port of this machine alone; print why not, as JSON, where that is not possible."""
    end_with(parent)
    try:
        import_serve()(ServerSettings(data_dir, port=port))
    except (IsolambdaError, OSError) as error:
        print(json.dumps({"fault": str(error)}))  # noqa: T201 - the parent reads it
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
