"""A template without what changes for no reason of its author's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from constructs_lib.errors import SpecError
from constructs_lib.templates.resources import SCHEDULE, STATE_MACHINE, resources
from constructs_lib.testing.hashes import asset_hashes, hashed_ids, without_exported_versions
from constructs_lib.testing.reading import AnyTemplate, read_template
from constructs_lib.testing.texts import parsed_text

__all__ = ["normalize_template"]

ASSET = "<asset>"

_USAGE_REPORT = "AWS::CDK::Metadata"
_REPORTED_WHERE = "CDKMetadataAvailable"
_ASSET_METADATA = "aws:asset:"


def normalize_template(template: AnyTemplate) -> dict[str, Any]:
    """A copy of a template in which only what its author changes changes.

    - Hashes of assets are ``<asset>``: a release of this library, or another line in a script, changes no
      snapshot. Other hashes, such as an image's digest, stay.
    - Logical ids that bear a hash of content (wait conditions, versions of functions) end in ``<content>``,
      and exports of versions have it in their names.
    - CDK's usage report and ``aws:asset:...`` metadata are left out.
    - Definitions of state machines and inputs of schedules are JSON objects instead of joined texts, with
      ``${Name}`` for a token inside a text. What is no JSON stays as it is.

    Requests, permissions, dependencies and their order stay, and so do region and account.

    Args:
        template: a dict, an ``aws_cdk.assertions.Template``, a stack, or the path of a template in JSON.

    Returns:
        A template that is not for deployment. To normalize it again changes nothing.

    Raises:
        SpecError: there is no template in what was given, or it is nested too deeply.

    Example:
        >>> code = {"S3Bucket": "cdk-hnb659fds-assets-1-eu-west-1", "S3Key": f"{'0' * 64}.zip"}
        >>> template = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": code}}}}
        >>> normalize_template(template)["Resources"]["F"]["Properties"]["Code"]["S3Key"]
        '<asset>.zip'
    """
    try:
        return _normalized(read_template(template))
    except RecursionError:  # nothing else that is done with a template goes deeper
        raise SpecError("template", "it is nested too deeply", "give one that CloudFormation takes") from None


def _normalized(found: dict[str, Any]) -> dict[str, Any]:
    _parse_texts(found)
    _leave_out_reports(found)
    hashes = asset_hashes(found)
    if hashes:
        pattern = re.compile(rf"(?<![0-9a-f])(?:{'|'.join(sorted(hashes))})(?![0-9a-f])")
        found = _replaced(found, lambda text: pattern.sub(ASSET, text))
    found = _replaced(found, without_exported_versions)
    names = hashed_ids(found)
    if names:
        ids = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
        found = _replaced(found, lambda text: ids.sub(lambda match: names[match[0]], text))
    return found


def _parse_texts(template: dict[str, Any]) -> None:
    """Shows definitions and inputs as what they are."""
    for _, kind, properties in resources(template):
        if kind == STATE_MACHINE:
            given = properties.get("DefinitionSubstitutions")
            _parse(properties, "DefinitionString", given if isinstance(given, Mapping) else ())
        elif kind == SCHEDULE:
            _parse(properties.get("Target"), "Input")


def _parse(around: Any, member: str, substitutions: Any = ()) -> None:
    if isinstance(around, dict) and member in around:
        document = parsed_text(around[member], substitutions)
        around[member] = around[member] if document is None else document


def _leave_out_reports(template: dict[str, Any]) -> None:
    found = template.get("Resources")
    if not isinstance(found, dict):
        return
    for logical_id, resource in list(found.items()):
        if not isinstance(resource, dict):
            continue
        if resource.get("Type") == _USAGE_REPORT:
            del found[logical_id]
        _without(resource, "Metadata", lambda name: name.startswith(_ASSET_METADATA))
    _without(template, "Conditions", lambda name: name == _REPORTED_WHERE)


def _without(around: dict[str, Any], member: str, unwanted: Callable[[str], bool]) -> None:
    """Leaves names out of a map, and the map when nothing else was in it."""
    given = around.get(member)
    if not isinstance(given, dict) or not any(map(unwanted, given)):
        return
    around[member] = {name: value for name, value in given.items() if not unwanted(name)}
    if not around[member]:
        del around[member]


def _replaced(value: Any, replace: Callable[[str], str]) -> Any:
    """A value with all its texts replaced, those of its keys where they stay different."""
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, list):
        return [_replaced(item, replace) for item in value]
    if isinstance(value, dict):
        keys = [replace(key) for key in value]
        keys = keys if len(set(keys)) == len(keys) else list(value)
        return {key: _replaced(item, replace) for key, item in zip(keys, value.values(), strict=True)}
    return value
