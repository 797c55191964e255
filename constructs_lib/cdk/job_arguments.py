"""What a deploy-time job refuses at once: misuse of its arguments, and what spec and runner both say."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import TagManager, TagType
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.completion import Completion
from constructs_lib.cdk.expressions import expressions
from constructs_lib.cdk.job_properties import RESOURCE_TYPE
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.whereabouts import child_path
from constructs_lib.errors import SpecError
from constructs_lib.spec import TrainingJobSpec
from constructs_lib.spec.checks import kind, offers
from constructs_lib.spec.text import is_list_token, is_resolvable, is_unknown

SPEC_TAG_PRIORITY = 150


def checked_path(scope: object, id: object) -> str:
    """The path that a construct will have, of a scope and an id that can be such.

    Raises:
        SpecError: they cannot.
    """
    # What jsii hands over as an interface only is a construct too, and none of Python's.
    if isinstance(scope, type) or not (isinstance(scope, Construct) or offers(scope, "node")):
        fix = "pass the stack, or a construct in it"
        raise SpecError("scope", f"must be a construct, got {_called(scope)}", fix)
    if not isinstance(id, str) or not id:
        got = "empty text" if id == "" else kind(id)
        path = child_path(scope, "")  # type: ignore[arg-type]
        raise SpecError("id", f"must be text, got {got}", 'such as "Train"', construct=path)
    return child_path(scope, id)  # type: ignore[arg-type]


def _called(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else kind(value)


def check_types(construct: str, spec: object, **given: object) -> None:
    """Refuse arguments of another type, before they end in an error of somebody else's.

    Raises:
        SpecError: the first of them.
    """
    flags = dict.fromkeys(("allow_stopped", "keep_name", "delete_record"), bool)
    kinds = {"spec": TrainingJobSpec, "platform": TrainingPlatform, "completion": Completion, **flags}
    for name, value in {"spec": spec, **given}.items():
        wanted = kinds[name]
        if not isinstance(value, wanted) and not (value is None and name in ("platform", "completion")):
            problem = f"must be of type {wanted.__name__}, got {kind(value)}"
            fix = "pass True or False" if wanted is bool else f"make it with {wanted.__name__}"
            raise SpecError(name, problem, fix, construct=construct)


def check_role(construct: str, role: object) -> None:
    """Refuse what is no role.

    Raises:
        SpecError: it is something else.
    """
    # A class has the members too.
    if role is not None and (
        isinstance(role, type) or not offers(role, "role_arn", "add_to_principal_policy")
    ):
        problem = f"must be an iam.IRole, got {_called(role)}"
        raise SpecError("role", problem, "use iam.Role.from_role_arn", construct=construct)


def check_said_once(
    construct: str, spec: TrainingJobSpec, platform: TrainingPlatform | None, role: iam.IRole | None
) -> None:
    """Refuse a role or a network that both the spec and the runner name.

    Raises:
        SpecError: the first that is said twice, or an override of what the construct makes.
    """
    if spec.role_arn is not None and role is not None:
        problem = "the spec has a role_arn too"
        raise SpecError("role", problem, "leave one of them out", construct=construct)
    if spec.vpc_config is not None and platform is not None and platform.vpc is not None:
        problem = "the spec has a vpc_config, and the platform a network"
        fix = "leave vpc_config out, or give a platform with use_vpc=False"
        raise SpecError("platform", problem, fix, construct=construct)
    for member, fix in (("Tags", "use tags"), ("TrainingJobName", "use job_name_prefix")):
        if member in spec.overrides:
            raise SpecError(f"overrides.{member}", "is the construct's to make", fix, construct=construct)


def fixed_name(construct: str, spec: TrainingJobSpec, prefix: str | None, *, keep_name: bool) -> str | None:
    """The spec's own name, where it is to be kept.

    Raises:
        SpecError: the spec has a name and it is not to be kept, or it has none and it is.
    """
    name = spec.training_job_name
    if name is not None and not keep_name:
        problem = "the spec has a training_job_name, and this construct makes the names of its jobs"
        fix = "pass keep_name=True to use it as it is, or spec.replace(training_job_name=None)"
        raise SpecError("spec.training_job_name", problem, fix, construct=construct)
    if keep_name and name is None:
        problem = "the spec has no training_job_name that could be kept"
        raise SpecError("keep_name", problem, "give the spec one, or leave it out", construct=construct)
    if keep_name and prefix is not None:
        problem = "is given together with keep_name=True"
        raise SpecError("job_name_prefix", problem, "leave one of them out", construct=construct)
    return name


def check_hyperparameters(construct: str, request: Mapping[str, object]) -> None:
    """Refuse lists and objects that CloudFormation alone knows: a deployment has no text of them.

    Raises:
        SpecError: the first of them; a state machine's expressions are findings.
    """
    given = request.get("HyperParameters")
    for name, value in given.items() if isinstance(given, Mapping) else ():
        if (is_list_token(value) or is_resolvable(value)) and not expressions({"value": value}):
            what = "a list token" if is_list_token(value) else "a token object"
            fix = "use Token.as_string, or Fn.join for a list"
            path = f"hyperparameters[{name!r}]"
            raise SpecError(path, f"{what} has no form as text", fix, construct=construct)


def tag_manager(spec: TrainingJobSpec, construct: str) -> TagManager:
    """A manager of the job's tags that begins with the spec's.

    Raises:
        SpecError: the spec's tags are a token, with which nothing could be merged.
    """
    if is_unknown(spec.tags):
        problem = (
            "is a token or an expression, to which the tags of the scopes around the job cannot be added"
        )
        raise SpecError("tags", problem, "give a map of text", construct=construct)
    manager = TagManager(TagType.KEY_VALUE, RESOURCE_TYPE)
    for key, value in spec.tags.items():
        # Above the priority of Tags.of(scope): what the spec says of this one job wins.
        manager.set_tag(key, value, SPEC_TAG_PRIORITY)
    return manager
