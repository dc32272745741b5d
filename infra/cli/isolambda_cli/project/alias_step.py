"""The step that has an alias stand for what a function becomes, as a version."""

from isolambda_cli.api.client import Api, part
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.functions import FunctionSpec
from isolambda_cli.project.remote import Remote
from isolambda_cli.project.steps import Action, Step
from isolambda_core.domain.documents import Document
from isolambda_core.domain.functions.versions import frozen_keys


def alias_step(
    api: Api,
    spec: FunctionSpec,
    document: Document,
    there: Remote,
    alias: str,
    forced: Document,
) -> Step:
    """Return the step: nothing if the alias stands for just this, else a version and a move.

    ``forced`` is what moves it though its contract is broken.
    """
    name, path, draft = f"{spec.name}:{alias}", f"functions/{spec.id}", frozen_keys(document)
    if there.alias is None or there.version is None:

        def create() -> Document:
            version = _publish(api, path, name, draft)
            created: Document = api.put(f"{path}/aliases", {"name": alias, "version": version})
            return created

        return Step(Action.CREATE, "alias", name, note="for a new version", write=create)
    target, headers = there.alias.document, there.alias.headers
    if frozen_keys(there.version) == draft and target["additional_version"] is None:
        return Step(Action.SAME, "alias", name, note=f"version {target['version']}")

    def move() -> Document:
        change = {
            "version": _publish(api, path, name, draft),
            "additional_version": None,
            "additional_version_weight": None,
            **forced,
        }
        moved: Document = api.patch(f"{path}/aliases/{part(alias)}", change, headers=headers)
        return moved

    return Step(Action.CHANGE, "alias", name, ("version",), f"from {_shown(target)}", move)


def _publish(api: Api, path: str, name: str, draft: Document) -> int:
    """Freeze the draft, and return the number of the version, which may be an older one.

    Raises:
        ProjectError: another client has changed the draft since it was deployed.
    """
    version = api.put(f"{path}/versions", {})
    number: int = version["version"]
    if frozen_keys(version) != draft:
        raise ProjectError(
            f"another client changed the function meanwhile, and version {number} is theirs: "
            f"{name} stays where it is"
        )
    return number


def _shown(target: Document) -> str:
    if target["additional_version"] is None:
        return f"version {target['version']}"
    return f"versions {target['version']} and {target['additional_version']}"
