"""Who has permissions in a folder: roles with their policies, and resources with policies of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from constructs_lib.cli.explain.names import Names, Target, branches
from constructs_lib.cli.explain.stacks import mapping, path_of, resources
from constructs_lib.cli.explain.statements import Statement, conditions_of, statements
from constructs_lib.cli.templates import Template

__all__ = ["Holder", "holders", "role_name"]

# The property that a resource's policy is in.
_POLICIES = {
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::EFS::FileSystem": "FileSystemPolicy",
}
_IDENTITY = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


@dataclass
class Holder:
    """A role, or a resource that has a policy.

    Attributes:
        kind: ``role``, or the type of the resource.
        stack: the display name of its stack; empty for a role of no stack in the folder.
        logical_id: its logical id there; for such a role its name.
        path: the path of its construct.
        trust: who may take the role on.
        statements: what it allows, each with the template that says so.
        managed: further policies, which are not in the folder, by ARN.
        definitions: of state machines that run under the role, the stack and the definition, as text.
    """

    kind: str
    stack: str
    logical_id: str
    path: str
    trust: list[Statement] = field(default_factory=list)
    statements: list[tuple[Template, Statement]] = field(default_factory=list)
    managed: list[str] = field(default_factory=list)
    definitions: list[tuple[str, str]] = field(default_factory=list)

    @property
    def target(self) -> Target:
        """As what references know it."""
        return Target(self.stack, self.logical_id)


def holders(names: Names, templates: list[Template]) -> list[Holder]:
    """All roles and resource policies, in the order of the templates.

    Args:
        names: of the same templates.
        templates: the folder's.
    """
    roles = _Roles(names, templates)
    others = [found for template in templates for found in _resource_policies(names, template)]
    return [*roles.made.values(), *roles.external.values(), *others]


def role_name(arn: str) -> str:
    """The name in a role's ARN."""
    return arn.rpartition("/")[2]


class _Roles:
    """The roles of a folder: those it makes, and those that it adds to or uses."""

    def __init__(self, names: Names, templates: list[Template]) -> None:
        self._names = names
        self.made: dict[Target, Holder] = {}
        self.external: dict[str, Holder] = {}
        self._attached: dict[Target, list[Holder]] = {}
        listed = [(template, *found) for template in templates for found in resources(template)]
        for template, logical_id, kind, properties in listed:
            if kind == "AWS::IAM::Role":
                self._make(template, logical_id, properties)
        for template, logical_id, kind, properties in listed:
            if kind in _IDENTITY:
                self._allow(template, logical_id, properties)
            elif kind == "AWS::StepFunctions::StateMachine":
                role = self._role(template, properties.get("RoleArn"))
                if role is not None:
                    role.definitions.append((template.stack, _definition(names, template, properties)))

    def _make(self, template: Template, logical_id: str, properties: Mapping[str, Any]) -> None:
        role = Holder("role", template.stack, logical_id, path_of(template, logical_id))
        self.made[role.target] = role
        role.trust = [*statements(self._names, template, properties.get("AssumeRolePolicyDocument"))]
        inline = properties.get("Policies")
        for policy in inline if isinstance(inline, list) else ():
            found = statements(self._names, template, mapping(policy).get("PolicyDocument"))
            role.statements += [(template, one) for one in found]
        for arn in _listed(properties.get("ManagedPolicyArns")):
            policy = self._names.target(template, arn)
            if policy is None:
                role.managed.append(self._names.text(template, arn))
            else:
                self._attached.setdefault(policy, []).append(role)

    def _allow(self, template: Template, logical_id: str, properties: Mapping[str, Any]) -> None:
        """Gives the statements of a policy to the roles that it names, and to those that name it."""
        named = [self._role(template, value) for value in _listed(properties.get("Roles"))]
        attached = self._attached.get(Target(template.stack, logical_id), [])
        found = [*statements(self._names, template, properties.get("PolicyDocument"))]
        for role in {id(role): role for role in (*named, *attached) if role is not None}.values():
            role.statements += [(template, one) for one in found]

    def _role(self, template: Template, value: object) -> Holder | None:
        """The role that a name or an ARN stands for; one of no stack, where none is referred to."""
        variant = next(branches(value), None)
        if variant is None:
            return None
        target = self._names.target(template, variant)
        if target in self.made:
            return self.made[target]
        name = role_name(self._names.text(template, variant))
        return self.external.setdefault(name, Holder("role", "", name, name))


def _listed(value: object) -> Iterator[object]:
    for item in value if isinstance(value, list) else [] if value is None else [value]:
        yield from branches(item)


def _definition(names: Names, template: Template, properties: Mapping[str, Any]) -> str:
    members = ("DefinitionString", "Definition")
    return "".join(names.text(template, properties[member]) for member in members if member in properties)


def _resource_policies(names: Names, template: Template) -> Iterator[Holder]:
    for logical_id, kind, properties in resources(template):
        holder = Holder(kind, template.stack, logical_id, path_of(template, logical_id))
        if kind == "AWS::Lambda::Permission":
            holder.statements = [(template, _call(names, template, properties))]
        elif kind in _POLICIES:
            found = statements(names, template, properties.get(_POLICIES[kind]))
            holder.statements = [(template, one) for one in found]
        if holder.statements:
            yield holder


def _call(names: Names, template: Template, properties: Mapping[str, Any]) -> Statement:
    """The statement that a permission of a function comes to."""
    conditions = {
        operator: {key: properties[member]}
        for operator, key, member in (
            ("ArnLike", "aws:SourceArn", "SourceArn"),
            ("StringEquals", "aws:SourceAccount", "SourceAccount"),
        )
        if member in properties
    }
    return Statement(
        effect="Allow",
        actions=names.texts(template, properties.get("Action")),
        resources=names.texts(template, properties.get("FunctionName")),
        principals=names.texts(template, properties.get("Principal")),
        conditions=conditions_of(names, template, conditions),
    )
