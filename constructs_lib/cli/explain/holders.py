"""Who has permissions in a folder: roles with their policies, and resources with policies of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from constructs_lib.cli.explain.identities import Identities, Identity
from constructs_lib.cli.explain.names import Names, Target
from constructs_lib.cli.explain.stacks import mapping, path_of, resources
from constructs_lib.cli.explain.statements import (
    Statement,
    conditions_of,
    listed,
    principal_texts,
    statements,
)
from constructs_lib.cli.templates import Template

__all__ = ["Holder", "holders"]

# The property that a resource's policy is in.
_POLICIES = {
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::S3::AccessPoint": "Policy",
    "AWS::S3Express::BucketPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SQS::QueueInlinePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SNS::TopicInlinePolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::KMS::ReplicaKey": "KeyPolicy",
    "AWS::Logs::ResourcePolicy": "PolicyDocument",
    "AWS::EC2::VPCEndpoint": "PolicyDocument",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::ECR::RegistryPolicy": "PolicyText",
    "AWS::EFS::FileSystem": "FileSystemPolicy",
}
# What a permission to call a function has for conditions.
_CALL_CONDITIONS = {
    "SourceArn": ("ArnLike", "aws:SourceArn"),
    "SourceAccount": ("StringEquals", "aws:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}
_ONE_ROLES = "AWS::IAM::RolePolicy"
_IDENTITY = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", _ONE_ROLES)
_Known: TypeAlias = Callable[[Template, object], Identity]


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
        boundary: the policy that is the most it can be allowed, by ARN; empty for none.
        managed: further policies, which are not in the folder, by ARN.
        definitions: of state machines that run under the role, the stack and the definition, as text.
        account: of a role of no stack in the folder, its account, where that is told.
    """

    kind: str
    stack: str
    logical_id: str
    path: str
    trust: list[Statement] = field(default_factory=list)
    statements: list[tuple[Template, Statement]] = field(default_factory=list)
    managed: list[str] = field(default_factory=list)
    definitions: list[tuple[str, str]] = field(default_factory=list)
    boundary: tuple[str, ...] = ()
    account: str = ""

    @property
    def identity(self) -> Identity:
        """As what references know it."""
        return Identity(self.stack, self.logical_id, self.account)


def holders(names: Names, identities: Identities, templates: list[Template]) -> list[Holder]:
    """All roles and resource policies, in the order of the templates.

    Args:
        names: of the same templates.
        identities: of the same templates.
        templates: the folder's.
    """
    roles = _Roles(names, identities, templates)
    _tell_apart([*roles.external.values()])
    others = [found for template in templates for found in _resource_policies(names, template)]
    return [*roles.made.values(), *roles.external.values(), *others]


def _tell_apart(roles: list[Holder]) -> None:
    """Says of roles that are called the same in which account they are."""
    called = Counter(role.logical_id for role in roles)
    for role in roles:
        if called[role.logical_id] > 1 and role.account:
            role.path = f"{role.logical_id} of account {role.account}"


class _Roles:
    """The roles of a folder: those it makes, and those that it adds to or uses."""

    def __init__(self, names: Names, identities: Identities, templates: list[Template]) -> None:
        self._names = names
        self._identities = identities
        self.made: dict[Identity, Holder] = {}
        self.external: dict[Identity, Holder] = {}
        self._attached: dict[Target, list[Holder]] = {}
        having = [(template, *found) for template in templates for found in resources(template)]
        for template, logical_id, kind, properties in having:
            if kind == "AWS::IAM::Role":
                self._make(template, logical_id, properties)
        for template, logical_id, kind, properties in having:
            if kind in _IDENTITY:
                self._allow(template, logical_id, kind, properties)
            elif kind == "AWS::StepFunctions::StateMachine":
                for role in self._roles(template, properties.get("RoleArn"), identities.by_arn):
                    role.definitions.append((template.stack, _definition(names, template, properties)))

    def _make(self, template: Template, logical_id: str, properties: Mapping[str, Any]) -> None:
        role = Holder("role", template.stack, logical_id, path_of(template, logical_id))
        self.made[role.identity] = role
        role.trust = [*statements(self._names, template, properties.get("AssumeRolePolicyDocument"))]
        role.boundary = self._names.texts(template, properties.get("PermissionsBoundary"))
        for policy in listed(properties.get("Policies")):
            found = statements(self._names, template, mapping(policy).get("PolicyDocument"))
            role.statements += [(template, one) for one in found]
        for arn in listed(properties.get("ManagedPolicyArns")):
            made = self._names.target(template, arn)
            if made is None:
                role.managed.append(self._names.text(template, arn))
            else:
                self._attached.setdefault(made, []).append(role)

    def _allow(self, template: Template, logical_id: str, kind: str, properties: Mapping[str, Any]) -> None:
        """Gives the statements of a policy to the roles that it names, and to those that name it."""
        member = properties.get("RoleName") if kind == _ONE_ROLES else properties.get("Roles")
        named = self._roles(template, member, self._identities.by_name)
        attached = self._attached.get(Target(template.stack, logical_id), [])
        found = [*statements(self._names, template, properties.get("PolicyDocument"))]
        for role in {id(role): role for role in (*named, *attached)}.values():
            role.statements += [(template, one) for one in found]

    def _roles(self, template: Template, value: object, known: _Known) -> list[Holder]:
        """The roles that names or ARNs stand for; those of no stack, where none is referred to."""
        found = (known(template, one) for one in listed(value))
        return [self.made.get(one) or self._outside(one) for one in found]

    def _outside(self, one: Identity) -> Holder:
        return self.external.setdefault(one, Holder("role", "", one.name, one.name, account=one.account))


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
    conditions: dict[str, dict[str, object]] = {}
    for member, (operator, key) in _CALL_CONDITIONS.items():
        if member in properties:
            conditions.setdefault(operator, {})[key] = properties[member]
    return Statement(
        effect="Allow",
        actions=names.texts(template, properties.get("Action")),
        resources=names.texts(template, properties.get("FunctionName")),
        principals=principal_texts(names.texts(template, properties.get("Principal"))),
        conditions=conditions_of(names, template, conditions),
    )
