"""Make a built template deployable for the architecture that it was built for, and for no other.

The packages in a build are compiled for one processor, but a deployment asks for the parameter
again; with this, CloudFormation refuses any other answer. Runs in the SAM CLI's environment, whose
builds write plain YAML, without short forms.

Usage: pin_architecture.py .aws-sam/build/template.yaml x86_64
"""

import sys
from pathlib import Path

import yaml  # type: ignore[import-untyped]


def pin(template: Path, architecture: str) -> None:
    """Let the template's parameter ``Architecture`` be ``architecture`` alone."""
    document = yaml.safe_load(template.read_text())
    document["Parameters"]["Architecture"] |= {
        "Default": architecture,
        "AllowedValues": [architecture],
    }
    template.write_text(yaml.safe_dump(document, sort_keys=False))


if __name__ == "__main__":
    pin(Path(sys.argv[1]), sys.argv[2])
