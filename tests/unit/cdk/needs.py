"""What a runner needs, by what its request names and what belongs to that; the order is not asked for it."""

from __future__ import annotations

from collections.abc import Iterator

from tests.unit.cdk.graph import JOB, Template, references

WORKFLOW_JOBS = "Custom::SageMakerWorkflowJobs"
MACHINE = "AWS::StepFunctions::StateMachine"
SCHEDULE = "AWS::Scheduler::Schedule"
RUNNERS = (JOB, WORKFLOW_JOBS, MACHINE, SCHEDULE)
# What belongs to another resource, by the property that names that: without it the other does not work.
BELONGING = {
    "AWS::EC2::Route": "RouteTableId",
    "AWS::EC2::SecurityGroupEgress": "GroupId",
    "AWS::EC2::SecurityGroupIngress": "GroupId",
    "AWS::EC2::SubnetRouteTableAssociation": "SubnetId",
    "AWS::EC2::VPCEndpoint": "VpcId",
    "AWS::EC2::VPCGatewayAttachment": "VpcId",
    "AWS::EFS::MountTarget": "FileSystemId",
    "AWS::Events::Rule": "Targets",
    "AWS::IAM::ManagedPolicy": "Roles",
    "AWS::IAM::Policy": "Roles",
    "AWS::Lambda::EventInvokeConfig": "FunctionName",
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::S3::BucketPolicy": "Bucket",
}
# Of these, what their properties name is needed as well; a policy may name what only another job needs.
THROUGH = ("AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation", "AWS::EFS::MountTarget")
# A rule on a machine's executions, and its right to call, can only be made when the machine is there.
AFTERWARDS = ("AWS::Events::Rule", "AWS::Lambda::Permission")
POLICIES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy")
RUNTIME = "TrainingJobRuntime"

Edge = tuple[str, str]


class Order:
    """The order of a template's resources.

    Args:
        template: of one stack.
    """

    def __init__(self, template: Template) -> None:
        self.resources = template["Resources"]
        self._named = {
            name: {one for one in references(resource.get("Properties", {})) if one in self.resources}
            for name, resource in self.resources.items()
        }
        self._depends = {name: _depends_on(one) for name, one in self.resources.items()}
        self._owners = {name: self._owned_by(one) for name, one in self.resources.items()}
        self.runners = [name for name, one in self.resources.items() if one["Type"] in RUNNERS]

    def edges(self) -> Iterator[Edge]:
        """Each edge that no reference gives: what waits, and for what."""
        for name, others in self._depends.items():
            yield from ((name, other) for other in others)

    def before(self, name: str, without: Edge | None = None) -> set[str]:
        """All that is made before a resource, perhaps with one edge less."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            depends = [one for one in self._depends[current] if (current, one) != without]
            new = {*self._named[current], *depends} - found
            found |= new
            waiting += new
        return found

    def needs(self, runner: str) -> set[str]:
        """What has to be there before a runner."""
        found, waiting = {runner}, [runner]
        while waiting:
            name = waiting.pop()
            mine = {one for one, owners in self._owners.items() if name in owners}
            wanted = {one for one in mine if not self._comes_after(one, runner)}
            new = (wanted | self._through(name)) - found
            found |= new
            waiting += new
        return found - {runner}

    def gaps(self, without: Edge | None = None) -> dict[str, set[str]]:
        """For each runner, what it needs and does not wait for; empty when the order is right."""
        found = {name: self.needs(name) - self.before(name, without) for name in self.runners}
        return {name: gap for name, gap in found.items() if gap}

    def _through(self, name: str) -> set[str]:
        kind = self.resources[name]["Type"]
        return set() if kind in BELONGING and kind not in THROUGH else self._named[name]

    def _owned_by(self, resource: Template) -> set[str]:
        member = BELONGING.get(resource["Type"])
        return set() if member is None else set(references(resource.get("Properties", {}).get(member)))

    def _comes_after(self, name: str, runner: str) -> bool:
        """Whether it is about a machine of the user's; a schedule waits for it even so, if for its own."""
        if self.resources[name]["Type"] in POLICIES:
            return runner in self._named[name]  # its right to start itself, for each point of a sweep
        if self.resources[name]["Type"] not in AFTERWARDS:
            return False
        machines = {one for one in self.runners if self.resources[one]["Type"] == MACHINE}
        about = {one for one in self.before(name) & machines if not one.startswith(RUNTIME)}
        scheduled = self.resources[runner]["Type"] == SCHEDULE
        return bool(about) and not (scheduled and about & self._named[runner])


def _depends_on(resource: Template) -> list[str]:
    given = resource.get("DependsOn", [])
    return [given] if isinstance(given, str) else list(given)
