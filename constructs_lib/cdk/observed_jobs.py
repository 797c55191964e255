"""Events and grants of all jobs that a construct starts, whose names begin alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.arns import training_job_arn
from constructs_lib.cdk.expressions import expressions
from constructs_lib.cdk.job_access import grant_results, grant_stop_of
from constructs_lib.cdk.job_events import JobEvents
from constructs_lib.cdk.whereabouts import path_of
from constructs_lib.cdk.workflows.policies import ANY_NAME
from constructs_lib.errors import SpecError

__all__ = ["ObservedJobs"]


class ObservedJobs(JobEvents):
    """What can be seen and granted of a construct's jobs, as far as their names are known.

    It is mixed into a construct, whose own members say how the jobs are named and where their results go.
    """

    @property
    def _job_names(self) -> Sequence[str]:
        """Patterns of the jobs' names, as `policies.job_names` has them: the first is as it is written."""
        raise AttributeError("_job_names is a subclass's to say")

    @property
    def _results(self) -> Mapping[str, Any]:
        """The request's ``OutputDataConfig``."""
        raise AttributeError("_results is a subclass's to say")

    def _name_pattern(self) -> object:
        written = self._known_names()[0]
        # No job's name has a * in it.
        return {"prefix": written.removesuffix("*")} if written.endswith("*") else written

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let someone look at these jobs, and stop them.

        Raises:
            SpecError: only the execution knows the jobs' name.
        """
        first, *others = map(training_job_arn, self._known_names())
        return grant_stop_of(first, grantee, *others)

    def grant_read_artifacts(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let someone read the results of these jobs, and decrypt them.

        Raises:
            SpecError: only the execution knows the jobs' name, where their results go, or their key.
        """
        # A key in S3 keeps its letters, unlike an ARN that IAM compares.
        return grant_results(self._known_results(), self._known_names()[0], grantee)

    def _known_names(self) -> Sequence[str]:
        if ANY_NAME in self._job_names:
            problem = "only the execution knows it, so no rule and no grant can tell these jobs from others"
            fix = "use JobName.unique(...), or a whole name that is known at synth"
            raise SpecError("job_name", problem, fix, construct=path_of(cast("Construct", self)))
        return self._job_names

    def _known_results(self) -> Mapping[str, Any]:
        path = self._results.get("S3OutputPath")
        key = self._results.get("KmsKeyId")
        for field, value, known in (
            ("spec.output", path, path is not None),
            ("spec.output.encryption_key", key, True),
        ):
            if not known or expressions({"value": value}):
                problem = "only the execution knows it, so no grant can name it"
                fix = "give one that is known at synth, or grant what you know yourself"
                raise SpecError(field, problem, fix, construct=path_of(cast("Construct", self)))
        return self._results
