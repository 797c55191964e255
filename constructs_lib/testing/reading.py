"""The forms in which a test has its template."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from constructs_lib.errors import SpecError

if TYPE_CHECKING:
    import aws_cdk
    from aws_cdk.assertions import Template

__all__ = ["AnyTemplate", "read_template"]

AnyTemplate: TypeAlias = "Mapping[str, Any] | Template | aws_cdk.Stack | str | os.PathLike[str]"

_FORMS = "give a dict, an aws_cdk.assertions.Template, a stack, or the path of a template in JSON"


def read_template(template: AnyTemplate) -> dict[str, Any]:
    """A copy of a template, as plain dicts and lists.

    Args:
        template: a dict, an ``aws_cdk.assertions.Template``, a stack, or the path of a template in JSON.

    Raises:
        SpecError: it is none of these, or the file cannot be read.
    """
    if isinstance(template, (str, os.PathLike)):
        return _from_file(Path(template))
    if isinstance(template, Mapping):
        return _checked(_plain(template))
    if hasattr(template, "to_json"):
        return _checked(_plain(template.to_json()))
    if hasattr(template, "template_file"):
        # Whoever has a stack has loaded aws_cdk: nobody else pays for it.
        from aws_cdk.assertions import Template

        return _checked(_plain(Template.from_stack(template).to_json()))
    raise SpecError("template", f"got {type(template).__name__}", _FORMS)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError("template", f"{path} cannot be read: {error.strerror}", _FORMS) from None
    except ValueError:
        raise SpecError("template", f"{path} is no JSON", _FORMS) from None
    return _checked(found)


def _checked(document: object) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise SpecError("template", f"a JSON object is a template, not a {type(document).__name__}", _FORMS)
    return document


def _plain(value: Any) -> Any:
    """A deep copy; mappings and tuples become what a JSON parser gives."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
