"""What is allowed and made for one training job, beside the stock task and CDK's provider framework.

``python -m benchmarks.permissions`` counts, in one run, the statements on ``Resource: "*"``, all wildcards in
resources, and the resources of the templates.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.workflows import IMAGE, stock_tasks
from constructs_lib.local.node import find_node

if TYPE_CHECKING:
    from aws_cdk import Stack
    from aws_cdk import aws_iam as iam

ROOT = Path(__file__).resolve().parent.parent
POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
HANDLER = "def on_event(event, context): ...\ndef is_complete(event, context): ..."

Template = Mapping[str, Any]


@dataclass(frozen=True)
class Count:
    """What the identity policies of some templates allow.

    Attributes:
        statements: all of them.
        on_all: those with ``Resource: "*"``.
        on_all_without_need: those of them with an action that could name its resource.
        wildcards: resources with a wildcard in them, each statement's for itself.
        managed: AWS's own policies that roles have, of which nothing is counted here.
        resources: of CloudFormation.
    """

    statements: int
    on_all: int
    on_all_without_need: int
    wildcards: int
    managed: int
    resources: int


def counted(templates: list[Template]) -> Count:
    """Count the wildcards of templates."""
    found = [statement for template in templates for statement in statements(template)]
    on_all = [one for one in found if "*" in listed(one["Resource"])]
    resources = [one for template in templates for one in template["Resources"].values()]
    roles = [one["Properties"] for one in resources if one["Type"] == "AWS::IAM::Role"]
    return Count(
        statements=len(found),
        on_all=len(on_all),
        on_all_without_need=sum(any(names_resources(a) for a in listed(one["Action"])) for one in on_all),
        wildcards=sum("*" in json.dumps(arn) for one in found for arn in listed(one["Resource"])),
        managed=sum(
            ":iam::aws:policy" in json.dumps(arn)
            for role in roles
            for arn in role.get("ManagedPolicyArns", ())
        ),
        resources=len(resources),
    )


def statements(template: Template) -> Iterator[Mapping[str, Any]]:
    """The statements of the identity policies."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] in POLICIES:
            yield from properties["PolicyDocument"]["Statement"]
        for inline in properties.get("Policies", ()) if resource["Type"] == "AWS::IAM::Role" else ():
            yield from inline["PolicyDocument"]["Statement"]


def names_resources(action: str) -> bool:
    """Whether IAM has resources for an action, by the service reference of the development packages."""
    if "*" in action:
        return True
    service, operation = action.split(":")
    folder = ROOT / "node_modules" / "@cloud-copilot" / "iam-data" / "data" / "actions"
    known = json.loads((folder / f"{service}.json").read_text())
    return any(kind["required"] for kind in known[operation.lower()]["resourceTypes"])


def listed(value: Any) -> list[Any]:
    """A list of what may be one thing."""
    return value if isinstance(value, list) else [value]


def of_app() -> list[Template]:
    """The templates of app.py."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "CDK_OUTDIR": folder, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, check=True, capture_output=True)
        return [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.template.json"))]


def of_stack(add: Callable[[Stack], object]) -> list[Template]:
    """The template of one stack, with the recommended flags."""
    import aws_cdk as cdk

    flags = json.loads((ROOT / "cdk.json").read_text())["context"]
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, context=flags)
        add(cdk.Stack(app, "Stack"))
        app.synth()
        return [json.loads(path.read_text()) for path in Path(folder).glob("*.template.json")]


def stock_task(stack: Stack) -> None:
    """The stock task in a state machine."""
    from aws_cdk import aws_stepfunctions as sfn

    body = sfn.DefinitionBody.from_chainable(stock_tasks(stack, 1, shared=False))
    sfn.StateMachine(stack, "Machine", definition_body=body)


def provider_framework(stack: Stack) -> None:
    """A job at deployment by CDK's provider framework: what its documentation leads to, written with care.

    The two functions may create, describe and stop training jobs and hand over the one role, which has the
    policy of AWS's that SageMaker's guides begin with.
    """
    from aws_cdk import CustomResource
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import custom_resources as resources

    full = iam.ManagedPolicy.from_aws_managed_policy_name("AmazonSageMakerFullAccess")
    sagemaker = iam.ServicePrincipal("sagemaker.amazonaws.com")
    role = iam.Role(stack, "Role", assumed_by=sagemaker, managed_policies=[full])
    functions = [
        lambda_.Function(
            stack,
            name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=f"index.{handler}",
            code=lambda_.Code.from_inline(HANDLER),
        )
        for name, handler in (("OnEvent", "on_event"), ("IsComplete", "is_complete"))
    ]
    for function in functions:
        for statement in _of_functions(stack):
            function.add_to_role_policy(statement)
    role.grant_pass_role(functions[0].grant_principal)
    provider = resources.Provider(
        stack, "Provider", on_event_handler=functions[0], is_complete_handler=functions[1]
    )
    properties = {"Image": IMAGE, "RoleArn": role.role_arn}
    CustomResource(stack, "Job", service_token=provider.service_token, properties=properties)


def _of_functions(stack: Stack) -> list[iam.PolicyStatement]:
    from aws_cdk import aws_iam as iam

    actions = ("AddTags", "CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob")
    jobs = stack.format_arn(service="sagemaker", resource="training-job", resource_name="*")
    return [iam.PolicyStatement(actions=[f"sagemaker:{name}" for name in actions], resources=[jobs])]


def platform(stack: Stack) -> None:
    """The default platform alone."""
    from constructs_lib import TrainingPlatform

    TrainingPlatform.of(stack)


def jobs(number: int, *, shared: bool) -> Callable[[Stack], None]:
    """So many training jobs in a stack; each with a role of its own, or all with one."""

    def add(stack: Stack) -> None:
        from constructs_lib import TrainingJob, TrainingRole

        spec = _spec()
        role = TrainingRole(stack, "Role", spec=spec) if shared else None
        for index in range(number):
            TrainingJob(stack, f"Job{index}", spec=spec, role=role)

    return add


def task_jobs(number: int, *, shared: bool) -> Callable[[Stack], None]:
    """So many tasks in one state machine."""

    def add(stack: Stack) -> None:
        from aws_cdk import aws_stepfunctions as sfn

        from benchmarks.workflows import our_tasks

        body = sfn.DefinitionBody.from_chainable(our_tasks(stack, number, shared=shared))
        sfn.StateMachine(stack, "Machine", definition_body=body)

    return add


def _spec() -> Any:
    from aws_cdk import Duration

    from constructs_lib import Algorithm, TrainingJobSpec

    return TrainingJobSpec(
        algorithm=Algorithm.from_image_uri(IMAGE),
        instance_type="ml.m5.large",
        max_runtime=Duration.minutes(10),
    )


def further(make: Callable[[int], Callable[[Stack], None]]) -> dict[str, int]:
    """The resources that a third job adds to a stack with two, by type."""
    two, three = (of_stack(make(number))[0]["Resources"] for number in (2, 3))
    kinds = [Counter(one["Type"] for one in resources.values()) for resources in (two, three)]
    return dict(kinds[1] - kinds[0])


def main() -> None:
    """Print the counts beside one another."""
    solutions = {
        "app.py (platform, job, sweep)": of_app(),
        "one training job, ours": of_stack(jobs(1, shared=False)),
        "one task in a state machine, ours": of_stack(task_jobs(1, shared=False)),
        "one stock task in a state machine": of_stack(stock_task),
        "one job by the provider framework": of_stack(provider_framework),
    }
    for name, templates in solutions.items():
        print(f"{name}: {in_words(counted(templates))}")
    (made,) = of_stack(platform)
    print(
        f"the default platform: {kinds_in_words(Counter(one['Type'] for one in made['Resources'].values()))}"
    )
    for shared, whose in ((False, "a role of its own"), (True, "a shared role")):
        for what, make in (("job", jobs), ("task", task_jobs)):
            added = further(partial(make, shared=shared))
            print(f"each further {what}, {whose}: {kinds_in_words(added)}")


def in_words(count: Count) -> str:
    """One line of a count."""
    return (
        f'{count.statements} statements, {count.on_all} on Resource "*" '
        f"({count.on_all_without_need} of them could name theirs), {count.wildcards} wildcards in all, "
        f"{count.managed} policies of AWS's, {count.resources} resources"
    )


def kinds_in_words(kinds: Mapping[str, int]) -> str:
    """How many resources, and of which types."""
    parts = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    return f"{sum(kinds.values())} resources{f' ({parts})' if parts else ''}"


if __name__ == "__main__":
    os.environ.setdefault("JSII_NODE", str(find_node()))
    os.environ["CDK_VALIDATION"] = "false"
    main()
