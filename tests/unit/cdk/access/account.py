"""The account that an app was deployed to: its roles, what their policies allow, and what resources allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import aws_cdk as cdk

from tests.unit.cdk.access.physical import ACCOUNT, Physical, Template
from tests.unit.cdk.access.simulator import Simulator

Context = Mapping[str, str | list[str]]
ENCRYPTION_CONTEXT = "kms:EncryptionContext:"
# Documents by ARN of what they protect.
PROTECTING = {"AWS::S3::BucketPolicy": ("Bucket", "PolicyDocument"), "AWS::KMS::Key": (None, "KeyPolicy")}


class Account:
    """What an app's stacks make of an account.

    Args:
        templates: by the stack's name, in the order of deployment.
        simulator: judges.
    """

    def __init__(self, templates: Mapping[str, Template], simulator: Simulator) -> None:
        self._simulator = simulator
        self.stacks: list[Physical] = []
        exports: dict[str, str] = {}
        for name, template in templates.items():
            stack = Physical(name, template, exports)
            exports |= stack.exports()
            self.stacks.append(stack)

    @classmethod
    def of(cls, app: cdk.App, simulator: Simulator) -> Account:
        """The account of an app, which is synthesized for it."""
        stacks = app.synth().stacks
        return cls({stack.stack_name: stack.template for stack in stacks}, simulator)

    def resources(self, *kinds: str) -> Iterator[tuple[Physical, str, dict[str, Any]]]:
        """Stack, logical id and resource of every resource of some types."""
        for stack in self.stacks:
            for name, resource in stack.template.get("Resources", {}).items():
                if resource["Type"] in kinds:
                    yield stack, name, resource

    def arn(self, kind: str, part: str = "") -> str:
        """The ARN of the one resource of a type whose logical id has a part in it."""
        found = [stack.arn(name) for stack, name, _ in self.resources(kind) if part in name]
        assert len(found) == 1, (kind, part, found)
        return found[0]

    def role(self, part: str) -> str:
        """The ARN of the one role whose logical id has a part in it."""
        return self.arn("AWS::IAM::Role", part)

    def policies(self, role: str) -> list[dict[str, Any]]:
        """The identity policies of a role: inline, managed, and those that name it or that it names."""
        name = role.rsplit("/", 1)[-1]
        found: list[dict[str, Any]] = []
        named: list[str] = []
        for stack, logical_id, resource in self.resources("AWS::IAM::Role"):
            if stack.arn(logical_id) == role:
                inline = resource["Properties"].get("Policies", [])
                found += [stack.of(one["PolicyDocument"]) for one in inline]
                named += stack.of(resource["Properties"].get("ManagedPolicyArns", []))
        for stack, logical_id, resource in self.resources("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            roles = stack.of(resource["Properties"].get("Roles", []))
            if name in roles or stack.of({"Ref": logical_id}) in named:
                found.append(stack.of(resource["Properties"]["PolicyDocument"]))
        return found

    def allows(
        self, role: str, action: str, resource: str, context: Context | None = None, **others: Any
    ) -> bool:
        """Whether a role may do something, by its own policies and the resource's.

        Args:
            role: its ARN.
            action: as ``s3:GetObject``.
            resource: an ARN, or ``*`` for an action that has none.
            context: condition keys and what they hold; TLS unless it says otherwise.
            others: of the simulation, as iam-simulate has them.
        """
        documents = [{"name": f"policy{n}", "policy": one} for n, one in enumerate(self.policies(role))]
        assert documents, role
        return self._judged(role, action, resource, context, identityPolicies=documents, **others)

    def may_assume(self, principal: str, role: str, context: Context, action: str = "sts:AssumeRole") -> bool:
        """Whether the role's trust lets a service, or a role, assume it."""
        trust = [
            stack.of(resource["Properties"]["AssumeRolePolicyDocument"])
            for stack, name, resource in self.resources("AWS::IAM::Role")
            if stack.arn(name) == role
        ]
        return self._judged(principal, action, role, context, resourcePolicy=trust[0])

    def _judged(
        self, principal: str, action: str, resource: str, context: Context | None, **policies: Any
    ) -> bool:
        protecting = self._protecting(resource)
        simulation = {
            "request": {
                "principal": principal,
                "action": action,
                "resource": {"resource": resource, "accountId": ACCOUNT},
                "contextVariables": {"aws:SecureTransport": "true", **(context or {})},
            },
            "identityPolicies": [],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            **({"resourcePolicy": protecting} if protecting else {}),
            **policies,
        }
        return self._simulator.allows(_with_stand_ins(simulation))

    def _protecting(self, arn: str) -> dict[str, Any] | None:
        """The policy of the bucket or the key of an ARN."""
        for stack, name, resource in self.resources(*PROTECTING):
            member, document = PROTECTING[resource["Type"]]
            if resource["Type"] == "AWS::KMS::Key":
                mine = stack.arn(name) == arn
            else:
                bucket = stack.of(resource["Properties"][member])
                mine = arn.split("/", 1)[0] == f"arn:aws:s3:::{bucket}"
            if mine:
                return dict(stack.of(resource["Properties"][document]))
        return None


def _with_stand_ins(value: Any) -> Any:
    """The same with keys of a KMS encryption context as tags of the principal's.

    The evaluator knows a key with a part of one's own only where that follows a slash; both are single text.
    """
    if isinstance(value, list):
        return [_with_stand_ins(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {_stand_in(key): _with_stand_ins(item) for key, item in value.items()}


def _stand_in(key: str) -> str:
    if not key.startswith(ENCRYPTION_CONTEXT):
        return key
    return f"aws:PrincipalTag/{key.removeprefix(ENCRYPTION_CONTEXT).replace(':', '.')}"
