"""The plan of a deployment: what the account lacks of a project, step by step.

Making a plan only reads. Each step writes one resource, and only as the plan saw it: what another
client changed meanwhile is an error, and stays as it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from isolambda_cli.api.client import STRICT, Api
from isolambda_cli.project.alias_step import alias_step
from isolambda_cli.project.errors import ProjectError
from isolambda_cli.project.functions import FunctionSpec, has_default_id
from isolambda_cli.project.manifest import Project
from isolambda_cli.project.manifest_rules import SETTINGS
from isolambda_cli.project.merge_patch import patch_between, paths_in
from isolambda_cli.project.remote import Remote, missing_secrets, read_remote
from isolambda_cli.project.steps import Action, Step, change, current, removal
from isolambda_core.domain.documents import SOURCE_KEYS, Document
from isolambda_core.domain.limits import PAGE_SIZE_MAX
from isolambda_core.domain.triggers.documents import keys_of
from isolambda_core.domain.triggers.triggers import TriggerType

_SOURCES = ("name", "language_pack", *SOURCE_KEYS)
_UNSTATED = ("enabled",)
"""What people and the platform change at the server; it stays if the manifest does not say."""
_NOT_FORCED: Document = {}
_UNSEEN = ("secret",)
"""What no answer has, so that it cannot be compared."""


def plan_of(
    api: Api,
    project: Project,
    documents: Mapping[str, Document],
    alias: str | None,
    *,
    prune: bool,
    forced: Document = _NOT_FORCED,
) -> list[Step]:
    """Return the steps, in order, that have the account hold a project.

    ``documents`` are those of the functions, by name. With an ``alias``, those functions that list
    it get it for a version; ``forced`` moves it though its contract is broken. With ``prune``,
    what the project does not have is to be removed.

    Raises:
        ProjectError: no function lists the alias, or a trigger cannot become what it is to be.
    """
    specs = project.functions.values()
    if alias is not None and not any(alias in spec.aliases for spec in specs):
        raise ProjectError(
            f'no function of the project has an alias {alias!r}: add {alias} = "deploy" '
            "to [functions.NAME.aliases]"
        )
    steps: list[Step] = []
    for spec in specs:
        own = alias if alias in spec.aliases else None
        there = read_remote(api, spec.id, own)
        steps += _steps_of(api, spec, documents[spec.name], there, own, prune=prune, forced=forced)
    if prune:
        steps += _leftovers(api, project)
    return steps


def missing_of(api: Api, project: Project) -> list[str]:
    """Return a sentence for each secret that a function names, and that is not there."""
    specs = {spec.id: spec for spec in project.functions.values()}
    wanted = {
        function_id: cast("list[str]", spec.settings.get("secrets", []))
        for function_id, spec in specs.items()
    }
    return [
        f"{specs[function_id].name} names the secret {name}, which is not there: "
        f"isolambda secret put {name}"
        for function_id, name in missing_secrets(api, wanted)
    ]


def keys_of_function(spec: FunctionSpec) -> list[str]:
    """Return the keys of a function's document that its project decides; others stay."""
    return _stated((*_SOURCES, *SETTINGS), spec.settings)


def keys_of_trigger(trigger: Document) -> list[str]:
    """Return the keys of a trigger's document that its project decides; others stay."""
    known = keys_of(TriggerType(cast("str", trigger["type"])))
    return [key for key in _stated(known, trigger) if key not in _UNSEEN]


def _steps_of(
    api: Api,
    spec: FunctionSpec,
    document: Document,
    there: Remote,
    alias: str | None,
    *,
    prune: bool,
    forced: Document,
) -> Iterator[Step]:
    yield _function_step(api, spec, document, there)
    if alias is not None:
        yield alias_step(api, spec, document, there, alias, forced)
    for trigger in spec.triggers:
        yield _trigger_step(api, spec, trigger, there)
    names = [trigger["name"] for trigger in spec.triggers]
    for each in there.triggers:
        if each["name"] not in names:
            name = f"{spec.name}/{each['name']}"
            yield removal(api, "trigger", name, _trigger_path(spec, each), prune=prune)


def _leftovers(api: Api, project: Project) -> Iterator[Step]:
    """Yield the removal of each function that the project had, by its name and its id."""
    ids = {spec.id for spec in project.functions.values()}
    query = {"should_soft_delete": "false"}  # so that the project may have it again
    for each in api.pages("functions", fields='["name"]', page_size=PAGE_SIZE_MAX):
        if each["id"] not in ids and has_default_id(each, project.name):
            path, name = f"functions/{each['id']}", each["name"]
            yield removal(api, "function", name, path, prune=True, query=query)


def _function_step(api: Api, spec: FunctionSpec, document: Document, there: Remote) -> Step:
    if there.function is None:
        data = {**document, "id": spec.id}

        def create() -> Document:
            created: Document = api.put("functions", data, headers=STRICT)
            return created

        return Step(Action.CREATE, "function", spec.name, write=create)
    before, headers = there.function.document, there.function.headers
    patch = patch_between(before, document, keys_of_function(spec))

    def write() -> Document:
        changed: Document = api.patch(f"functions/{spec.id}", patch, headers={**headers, **STRICT})
        return changed

    return change("function", spec.name, paths_in(patch, before), write)


def _trigger_step(api: Api, spec: FunctionSpec, trigger: Document, there: Remote) -> Step:
    name = f"{spec.name}/{trigger['name']}"
    same = [each for each in there.triggers if each["name"] == trigger["name"]]
    if len(same) > 1:
        raise ProjectError(f"the account has two triggers {name}: give one another name there")
    if not same:

        def create() -> Document:
            created: Document = api.put(f"functions/{spec.id}/triggers", trigger)
            return created

        return Step(Action.CREATE, "trigger", name, write=create)
    [found] = same
    if found["type"] != trigger["type"]:
        raise ProjectError(
            f"the trigger {name} is of type {found['type']} in the account, and a type stays: "
            f"give the one of type {trigger['type']} another name"
        )
    keys = keys_of_trigger(trigger)
    if not patch_between(found, trigger, keys):
        return Step(Action.SAME, "trigger", name)
    path = _trigger_path(spec, found)
    seen = current(api, path, name)  # a list has no ETags
    patch = patch_between(seen.document, trigger, keys)

    def write() -> Document:
        changed: Document = api.patch(path, patch, headers=seen.headers)
        return changed

    return change("trigger", name, paths_in(patch, seen.document), write)


def _trigger_path(spec: FunctionSpec, trigger: Document) -> str:
    return f"functions/{spec.id}/triggers/{trigger['id']}"


def _stated(keys: Iterable[str], stated: Document) -> list[str]:
    return [key for key in keys if key in stated or key not in _UNSTATED]
