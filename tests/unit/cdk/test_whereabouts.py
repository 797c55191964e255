"""Where a construct is, as CDK itself says it."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from constructs import Construct

from constructs_lib.cdk.whereabouts import (
    child_path,
    environment_of,
    path_of,
    remember,
    root_of,
    stack_of,
    stage_path_of,
)


@pytest.mark.parametrize("id", ["Task", "with/slash", "with space"])
@pytest.mark.parametrize("nested", [True, False])
def test_what_is_remembered_is_what_cdk_says(app: cdk.App, id: str, nested: bool) -> None:
    stack = cdk.Stack(cdk.Stage(app, "Stage") if nested else app, "Stack")
    scope = Construct(stack, "Scope")
    made = Construct(scope, id)
    remember(made, scope, child_path(scope, id))
    assert path_of(made) == made.node.path
    assert stack_of(made) is stack
    assert root_of(made) is app
    assert stage_path_of(made) == ("Stage" if nested else "")


def test_a_child_of_the_root_has_its_id_for_a_path(app: cdk.App) -> None:
    assert child_path(app, "Stack") == cdk.Stack(app, "Stack").node.path


def test_an_environment_that_is_not_known_is_none(app: cdk.App) -> None:
    known = cdk.Environment(account="123456789012", region="eu-west-1")
    assert environment_of(cdk.Stack(app, "Known", env=known)) == ("eu-west-1", "123456789012")
    assert environment_of(cdk.Stack(app, "Unknown")) == (None, None)
