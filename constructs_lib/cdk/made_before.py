"""What CloudFormation makes before a resource, as the constructs tell it before the template is made.

Of a resource that is the dependencies of the constructs around it, its own, and what its properties refer to.
A walk ends at what it looks for, asks of each construct once, and leaves the properties of most that holds
data alone. Nor does it read those of the growing policies: what stays in one waits for no job, and what does
wait for one may still be in it during the walk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast
from weakref import WeakSet

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IConstruct, Node

from constructs_lib.cdk.references import named_in
from constructs_lib.cdk.whereabouts import outermost, path_of, stack_of

__all__ = ["HOLDS_DATA", "Known", "MadeBefore", "leave_unread"]

# Names are resolved together, and mostly the first ones are all that is asked for.
ASKED_AT_ONCE = 40
_RARE = (iam.CfnRole, iam.CfnManagedPolicy)
HOLDS_DATA = (
    "AWS::DynamoDB::",
    "AWS::EC2::",
    "AWS::ECR::",
    "AWS::EFS::",
    "AWS::FSx::",
    "AWS::KMS::",
    "AWS::Kinesis::",
    "AWS::Logs::",
    "AWS::S3::",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
)
"""What begins the types of resources that seldom refer to what could itself wait for a job or a machine."""
# Those of them that hold what their owner has written into them, and so perhaps what a job has answered.
_HOLDS_TEXT = (
    "AWS::EC2::Instance",
    "AWS::EC2::LaunchTemplate",
    "AWS::Logs::SubscriptionFilter",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::SSM::Parameter",
    "AWS::SecretsManager::Secret",
)
_unread: WeakSet[IConstruct] = WeakSet()


def leave_unread(policy: iam.ManagedPolicy) -> None:
    """Read the properties of a policy in no walk: what it names, and goes on naming, waits for no job."""
    _unread.add(policy)


class StackResources:
    """The resources of one stack, by logical id.

    Not of stacks nested in it: what is at the same place in each has the same id.

    Args:
        stack: the stack.
    """

    def __init__(self, stack: Stack) -> None:
        found = stack.node.find_all()
        nested = {
            _key(node) for inner in found[1:] if isinstance(inner, Stack) for node in inner.node.find_all()
        }
        own = [one for one in found if isinstance(one, CfnResource) and _key(one) not in nested]
        # Roles and their policies come last: they are rarely asked for.
        self._left = sorted(own, key=lambda one: isinstance(one, _RARE))
        self._stack = stack
        self._known: dict[str, CfnResource] = {}

    def named(self, name: str) -> CfnResource | None:
        """The resource of a logical id; parameters and the like are none."""
        while name not in self._known and self._left and "::" not in name:
            asked, self._left = self._left[:ASKED_AT_ONCE], self._left[ASKED_AT_ONCE:]
            names = self._stack.resolve([one.logical_id for one in asked])
            self._known = {**dict(zip(names, asked, strict=True)), **self._known}
        return self._known.get(name)


class Known:
    """What was asked of constructs, for several walks; a question is a call into jsii.

    Constructs are known by jsii's names of them: Python may have several objects for one that it did not
    make, and a path would be two calls.
    """

    def __init__(self) -> None:
        self.stacks: dict[str, StackResources] = {}
        self.roots: dict[str, list[IConstruct]] = {}
        self.orders: dict[str, list[IConstruct]] = {}
        self.insides: dict[str, list[IConstruct]] = {}
        self.referred: dict[str, list[CfnResource]] = {}

    def add_inside(self, root: IConstruct, resource: IConstruct) -> None:
        """Whatever comes after a construct comes after this, too, by now."""
        self.insides.setdefault(_key(root), []).append(resource)

    def forget_dependencies(self) -> None:
        """Somebody has added one."""
        self.roots.clear()
        self.orders.clear()


class MadeBefore:
    """Whether something comes before anything.

    Args:
        stack: what is looked for is in it.
        goals: what is looked for: resources, or constructs that others depend on.
        known: what other walks have asked; left out: nothing.

    Attributes:
        stack: the stack.
    """

    def __init__(self, stack: Stack, goals: Iterable[IConstruct], known: Known | None = None) -> None:
        self.stack, self._goals = stack, {_key(one) for one in goals}
        self._outermost = outermost(stack)
        self._known = known or Known()
        self._answers: dict[str, bool] = {}

    def found(self, start: IConstruct, named: Iterable[IConstruct] = ()) -> bool:
        """Whether one of the goals is made before something.

        Args:
            start: a resource, or a construct around one, of which no properties are read.
            named: what the properties of the one in it refer to, as far as that matters.
        """
        key = _key(start)
        if key not in self._answers:
            seen: set[str] = set()
            unread = [start] if isinstance(start, CfnResource) else []
            self._answers[key] = self._walk([*self._ordered(start), *named], unread, seen)
            if not self._answers[key]:
                self._answers.update(dict.fromkeys(seen, False))
        return self._answers[key]

    def signature(self, start: IConstruct) -> set[str]:
        """The paths of what something is made after by dependencies alone."""
        return {path_of(cast("Construct", one)) for one in self._ordered(start)}

    def named(self, names: Iterable[str], stack: Stack | None = None) -> Iterator[CfnResource]:
        """The resources that names in a stack's template are of; parameters and the like are none."""
        for name in dict.fromkeys(names):
            if (found := self._named(stack or self.stack, name)) is not None:
                yield found

    def referred(self, resource: CfnResource) -> list[CfnResource]:
        """What a resource's properties refer to; nothing for one that they are not read of."""
        key = _key(resource)
        if key not in self._known.referred:
            self._known.referred[key] = [*self._read(resource)]
        return self._known.referred[key]

    def _read(self, resource: CfnResource) -> Iterator[CfnResource]:
        type_ = resource.cfn_resource_type
        if type_.startswith(HOLDS_DATA) and not type_.startswith(_HOLDS_TEXT):
            return
        if isinstance(resource, iam.CfnManagedPolicy) and resource.node.scope in _unread:
            return
        stack = stack_of(resource)
        yield from self.named(named_in(stack.resolve(resource._cfn_properties)), stack)

    def _walk(self, open_: list[IConstruct], unread: list[CfnResource], seen: set[str]) -> bool:
        while open_ or unread:
            if not open_:
                # Properties are read last: a dependency costs less to follow.
                open_ += self.referred(unread.pop())
                continue
            one = open_.pop()
            key = _key(one)
            if key in self._goals or self._answers.get(key):
                return True
            if key in seen or key in self._answers:
                continue
            seen.add(key)
            if isinstance(one, CfnResource):
                open_ += self._ordered(one)
                unread.append(one)
            else:
                open_ += self._inside(one)
        return False

    def _inside(self, root: IConstruct) -> list[IConstruct]:
        key = _key(root)
        if key not in self._known.insides:
            found = root.node.find_all()
            self._known.insides[key] = [one for one in found if isinstance(one, CfnResource)]
        return self._known.insides[key]

    def _ordered(self, start: IConstruct) -> list[IConstruct]:
        """What something is made after because somebody said so, of it or of a construct around it."""
        key = _key(start)
        if key not in self._known.orders:
            self._known.orders[key] = [*self._all_roots(start)]
        return self._known.orders[key]

    def _all_roots(self, start: IConstruct) -> Iterator[IConstruct]:
        node = start.node
        for scope in node.scopes:
            yield from self._roots_of(scope, node if scope is start else None)
        inner: IConstruct | None = start
        while inner is not None and not isinstance(inner, CfnResource):
            inner = (node if inner is start else inner.node).default_child
            yield from [] if inner is None else self._roots_of(inner)

    def _roots_of(self, scope: IConstruct, node: Node | None = None) -> list[IConstruct]:
        key = _key(scope)
        if key not in self._known.roots:
            found = list((node or scope.node).dependencies)
            nested = scope.nested_stack_resource if isinstance(scope, Stack) else None
            for one in (scope, nested):
                if isinstance(one, CfnResource):
                    found += [other for other in one.obtain_dependencies() if isinstance(other, CfnResource)]
            self._known.roots[key] = [one for one in found if self._is_deployed_with_it(one)]
        return self._known.roots[key]

    def _is_deployed_with_it(self, one: IConstruct) -> bool:
        return outermost(cast("Construct", one)) == self._outermost

    def _named(self, stack: Stack, name: str) -> CfnResource | None:
        key = _key(stack)
        if key not in self._known.stacks:
            self._known.stacks[key] = StackResources(stack)
        return self._known.stacks[key].named(name)


def _key(construct: IConstruct) -> str:
    return str(construct.__jsii_ref__.ref)  # type: ignore[attr-defined]
