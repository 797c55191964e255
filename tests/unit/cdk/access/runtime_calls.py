"""What the runtime's functions call, with the things they call it on: one row for each right they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.unit.cdk.access.account import Account
from tests.unit.cdk.access.calls import JOBS, TO_SAGEMAKER, Call, other_account, pass_role
from tests.unit.cdk.access.physical import ACCOUNT, BLOCK, REGION, Physical

STACK = "Jobs"
OURS, THEIRS = f"rich-{BLOCK}a1b2c3-0123456789abcdef", "rich-ffffffffa1b2c3-0123456789abcdef"
NAMED = ("Churn-Model", "churn-model")
STREAMS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs"
OTHER_STREAMS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/ProcessingJobs"
PLAN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-plan/plan"
FOLLOWED = ("PutTelemetryRecords", "PutTraceSegments")
WATCHED = ("DescribeTrainingJob", "ListTags", "StopTrainingJob", "UpdateTrainingJob")


class RuntimeCalls:
    """The calls of the front and of the worker of one stack.

    Args:
        account: what all stacks make.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._stack = next(stack for stack in account.stacks if stack.name == STACK)
        self.front, self.worker = self._role("RuntimeFrontRole"), self._role("RuntimeWorkerRole")

    def of_front(self) -> Iterator[Call]:
        """What the front calls."""
        yield from self._common(self.front)
        yield from self._on_jobs(self.front, ("AddTags", "CreateTrainingJob", "DeleteTags"))
        yield from self._on_former(self.front, WATCHED)
        for role in ("RichRole", "WatchingRole", "FetchingRole", "Given"):
            yield pass_role(self.front, self._role(role))
        others = (f"{PLAN}2", other_account(PLAN))
        yield Call(self.front, "sagemaker:CreateTrainingJob", PLAN, others=others)
        yield self._on_key(self.front, "kms:Encrypt")
        yield from self._artifacts()
        machine = self._arn("AWS::StepFunctions::StateMachine", "RuntimeStateMachine")
        yield Call(
            self.front, "states:StartExecution", machine, others=(f"{machine}2", other_account(machine))
        )
        function = self._arn("AWS::Lambda::Function", "RuntimeWorker")
        own = self._arn("AWS::Lambda::Function", "RuntimeFront")
        yield Call(self.front, "lambda:InvokeFunction", function, others=(own, other_account(function)))

    def of_worker(self) -> Iterator[Call]:
        """What the worker calls."""
        yield from self._common(self.worker)
        yield from self._on_jobs(self.worker, ("DeleteTrainingJob",))
        # The next attempt of a job that found no capacity; names of the user's have none.
        for action in ("AddTags", "CreateTrainingJob"):
            yield self._on_job(self.worker, action, OURS)
        yield from self._on_former(self.worker, (*WATCHED, "DeleteTrainingJob"))
        yield pass_role(self.worker, self._role("RichRole"))
        yield Call(self.worker, "ec2:DescribeNetworkInterfaces", "*")

    def denied(self) -> Iterator[Call]:
        """What one of the two has, and the other has not."""
        for action in ("DeleteTags", "AddTags", "CreateTrainingJob"):
            yield Call(self.worker, f"sagemaker:{action}", f"{JOBS}{NAMED[0]}")
        for role in ("WatchingRole", "FetchingRole", "Given"):
            yield Call(self.worker, "iam:PassRole", self._role(role), TO_SAGEMAKER)
        yield Call(self.worker, "sagemaker:CreateTrainingJob", PLAN)
        yield Call(self.front, "sagemaker:DeleteTrainingJob", f"{JOBS}{OURS}")
        yield Call(self.front, "ec2:DescribeNetworkInterfaces", "*")
        machine = self._arn("AWS::StepFunctions::StateMachine", "RuntimeStateMachine")
        yield Call(self.worker, "states:StartExecution", machine)

    def _common(self, who: str) -> Iterator[Call]:
        yield from self._on_jobs(who, WATCHED)
        stack = self._stack.stack_id
        yield Call(who, "cloudformation:DescribeStacks", stack, others=(stack.replace(BLOCK, "ffffffff"),))
        yield from self._logs(who)
        yield self._on_key(who, "kms:Decrypt")

    def _on_jobs(self, who: str, actions: tuple[str, ...]) -> Iterator[Call]:
        for action in actions:
            for name in (OURS, *NAMED):
                yield self._on_job(who, action, name)

    def _on_job(self, who: str, action: str, name: str) -> Call:
        arn = f"{JOBS}{name}"
        others = (
            f"{JOBS}{THEIRS}",
            f"{arn}2" if name in NAMED else f"{JOBS}x{name[:12]}",
            other_account(arn),
        )
        return Call(who, f"sagemaker:{action}", arn, others=others)

    def _on_former(self, who: str, actions: tuple[str, ...]) -> Iterator[Call]:
        """Jobs of another name, that have the stack's tag."""
        key = "aws:ResourceTag/constructs-lib:stack-id"
        own, foreign = {key: self._stack.stack_id}, {key: self._stack.stack_id.replace(BLOCK, "ffffffff")}
        for action in actions:
            contexts = () if action == "ListTags" else (foreign, {})
            yield Call(who, f"sagemaker:{action}", f"{JOBS}former", own, contexts=contexts)

    def _logs(self, who: str) -> Iterator[Call]:
        yield Call(who, "logs:DescribeLogStreams", STREAMS, others=(OTHER_STREAMS, other_account(STREAMS)))
        for name in (OURS, NAMED[0]):
            stream = f"{STREAMS}:log-stream:{name}/algo-1-1700000000"
            others = (
                stream.replace(name, THEIRS),
                stream.replace(STREAMS, OTHER_STREAMS),
                other_account(stream),
            )
            yield Call(who, "logs:GetLogEvents", stream, others=others)
        yield from self._tracing(who)
        part = "RuntimeFrontLogs" if who == self.front else "RuntimeWorkerLogs"
        other = "RuntimeWorkerLogs" if who == self.front else "RuntimeFrontLogs"
        for action in ("CreateLogStream", "PutLogEvents"):
            stream = self._arn("AWS::Logs::LogGroup", part).removesuffix("*") + "log-stream:x"
            foreign = self._arn("AWS::Logs::LogGroup", other).removesuffix("*") + "log-stream:x"
            yield Call(who, f"logs:{action}", stream, others=(foreign,))

    def _tracing(self, who: str) -> Iterator[Call]:
        """Of a function that X-Ray follows; it has no resource to name."""
        for stack, _, one in self._account.resources("AWS::Lambda::Function"):
            properties = one["Properties"]
            followed = properties.get("TracingConfig", {}).get("Mode") == "Active"
            if stack is self._stack and followed and stack.of(properties["Role"]) == who:
                yield from (Call(who, f"xray:{name}", "*") for name in FOLLOWED)

    def _on_key(self, who: str, action: str) -> Call:
        key = self._arn("AWS::KMS::Key", "DefaultTrainingPlatformKey")
        sealed = {"kms:EncryptionContext:constructs-lib:request": "id"}
        return Call(who, action, key, sealed, (self._arn("AWS::KMS::Key", "OwnKey"),), ({},))

    def _artifacts(self) -> Iterator[Call]:
        """Whether a model is still there: in the folders that jobs write to, and by its key."""
        places: Mapping[str, str] = {"Data": "results/", "DefaultTrainingPlatformBucket": "training/output/"}
        for part, folder in places.items():
            bucket = self._arn("AWS::S3::Bucket", part)
            own = {"s3:prefix": f"{folder}{OURS}/output/model.tar.gz"}
            foreign = {"s3:prefix": "other/"}
            yield Call(self.front, "s3:ListBucket", bucket, own, (f"{bucket}2",), (foreign, {}))

    def _role(self, part: str) -> str:
        return self._arn("AWS::IAM::Role", part)

    def _arn(self, kind: str, part: str) -> str:
        return arn_in(self._account, self._stack, kind, part)


def arn_in(account: Account, stack: Physical, kind: str, part: str) -> str:
    """The ARN of the one resource of a stack, of a type and with a part in its logical id."""
    found = [one.arn(name) for one, name, _ in account.resources(kind) if one is stack and part in name]
    assert len(found) == 1, (kind, part, found)
    return found[0]
