"""The function that names the best job of distributed sweeps; one for all sweeps of a stack."""

from __future__ import annotations

from aws_cdk import Aws, Duration, IgnoreMode, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.cdk import runtime_policies as allow
from constructs_lib.cdk.acknowledged.reasons import REDUCER
from constructs_lib.cdk.arns import KeyTarget
from constructs_lib.cdk.explained import explain_role
from constructs_lib.cdk.lazy import late_list
from constructs_lib.cdk.log_groups import make_log_group
from constructs_lib.cdk.permissions import Permission
from constructs_lib.cdk.platform import TrainingPlatform
from constructs_lib.cdk.runtime import PACKAGE, PYTHON
from constructs_lib.cdk.runtime_policies import ExplainedStatement
from constructs_lib.cdk.validation_plugin import acknowledge, acknowledge_wildcards

__all__ = ["SweepReducer", "via_s3"]

REDUCER_ID = "TrainingSweepReducer"


class SweepReducer(Construct):
    """Reads what the points of a distributed sweep gave, and names the best job.

    Args:
        scope: the stack.
        id: the construct's id.
        platform: lends its key for the logs.

    Attributes:
        function: the Lambda function.
        policy: what it may do.
    """

    def __init__(self, scope: Construct, id: str, *, platform: TrainingPlatform) -> None:
        super().__init__(scope, id)
        self._objects: list[str] = []
        self._keys: list[str] = []
        group = make_log_group(self, "Logs", platform.log_encryption_key)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        reading = _read(late_list(self._objects))
        statements = [allow.write_logs(group.log_group_arn), allow.trace_function(), reading]
        self._role = role
        self._explain(*statements)
        self.policy = iam.ManagedPolicy(self, "Policy", roles=[role], statements=statements)
        acknowledge_wildcards(self, [self.policy], statements)
        self.function = self._function(role, group)
        self.function.node.add_dependency(self.policy)

    @classmethod
    def of(cls, scope: Construct, platform: TrainingPlatform) -> SweepReducer:
        """The reducer of the scope's stack, made on first use with the first sweep's platform."""
        stack = Stack.of(scope)
        found = stack.node.try_find_child(REDUCER_ID)
        return found if isinstance(found, SweepReducer) else cls(stack, REDUCER_ID, platform=platform)

    def allow(self, objects: str, key: str | None = None) -> None:
        """Let the function read objects.

        Args:
            objects: their ARN, or a pattern of it.
            key: the ARN of the KMS key that encrypts them, if one does.
        """
        self._objects.append(objects)  # CDK drops what is there twice
        if key is not None and key not in self._keys:
            self._keys.append(key)
            self.policy.add_statements(made := _decrypt(key, len(self._keys)))
            self._explain(made)

    def _explain(self, *statements: ExplainedStatement) -> None:
        permissions = [statement.permission for statement in statements]
        explain_role(self, self._role, permissions, "function of sweeps")

    def _function(self, role: iam.Role, group: logs.LogGroup) -> lambda_.Function:
        code = lambda_.Code.from_asset(
            str(PACKAGE), exclude=["/*", "!/runtime", "__pycache__", "*.pyc"], ignore_mode=IgnoreMode.GIT
        )
        function = lambda_.Function(
            self,
            "Function",
            code=code,
            description="Names the best job of a distributed training sweep",
            handler="runtime.reducer.handler",
            log_group=group,
            memory_size=256,
            role=role.without_policy_updates(),
            runtime=PYTHON,
            timeout=Duration.minutes(5),
            tracing=lambda_.Tracing.ACTIVE,
        )
        acknowledge(self, function, REDUCER)
        return function


def via_s3(target: KeyTarget) -> dict[str, dict[str, object]]:
    """The conditions of a key that only S3 uses."""
    service = {"StringEquals": {"kms:ViaService": f"s3.{Aws.REGION}.{Aws.URL_SUFFIX}"}}
    return {**service, **target.conditions}


def _read(objects: list[str]) -> ExplainedStatement:
    reason = "distributed: read the points, and what each of them gave"
    return ExplainedStatement("ReadResults", Permission(reason, ("s3:GetObject",), (*objects,)))


def _decrypt(key: str, number: int) -> ExplainedStatement:
    target = KeyTarget.parse(key)
    reason = "distributed: decrypt what each point gave"
    decrypting = Permission(reason, ("kms:Decrypt",), (target.resource,), via_s3(target))
    return ExplainedStatement(f"DecryptResults{'' if number == 1 else number}", decrypting)
