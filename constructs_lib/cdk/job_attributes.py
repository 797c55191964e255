"""What other resources can read of a deployed training job."""

from __future__ import annotations

from aws_cdk import CustomResource

from constructs_lib.cdk.completion import Completion
from constructs_lib.cdk.job_properties import WAITING, check_metric
from constructs_lib.cdk.results import note_results
from constructs_lib.cdk.training_job_base import ITrainingJob
from constructs_lib.errors import SpecError
from constructs_lib.runtime.transitions.verdict import metric_attribute
from constructs_lib.spec import TrainingJobSpec


class DeployedJob(ITrainingJob):
    """A job that a deployment runs, as the resource that answers for it shows it.

    With ``Completion.wait_condition()`` that is the result: who reads an attribute waits for the job's end.
    """

    spec: TrainingJobSpec
    _completion: Completion
    _asked: list[str]
    _answering: CustomResource

    @property
    def _results_key(self) -> str | None:
        """The KMS key that encrypts the results, as an ARN, an id or an alias; None where none is known."""
        raise AttributeError("_results_key is a subclass's to say")

    @property
    def training_job_name(self) -> str:
        """The name of the job that this deployment ran or adopted."""
        return self._answering.get_att_string("TrainingJobName")

    @property
    def training_job_arn(self) -> str:
        """The ARN of that job."""
        return self._answering.get_att_string("TrainingJobArn")

    @property
    def output_uri(self) -> str:
        """The S3 folder of the job's results, with a slash at its end."""
        return note_results(self._answering.get_att_string("OutputUri"), self)

    @property
    def model_artifacts_uri(self) -> str:
        """The S3 address of the trained model. Raises SpecError with ``Completion.start()``."""
        return note_results(self._final("model_artifacts_uri", "ModelArtifactsUri"), self)

    @property
    def status(self) -> str:
        """``Completed``, or ``Stopped`` where allowed. Raises SpecError with ``Completion.start()``."""
        return self._final("status", "TrainingJobStatus")

    @property
    def training_seconds(self) -> str:
        """How long the job trained, as text. Raises SpecError with ``Completion.start()``."""
        return self._final("training_seconds", "TrainingSeconds")

    @property
    def billable_seconds(self) -> str:
        """What is billed for each instance, as text. Raises SpecError with ``Completion.start()``."""
        return self._final("billable_seconds", "BillableSeconds")

    def final_metric(self, name: str) -> str:
        """The last value of a metric, as text for outputs and other resources; ``NaN`` when there is none.

        Args:
            name: a metric of the spec's. Only metrics that are asked for travel in CloudFormation's answer,
                which holds 4 KB.

        Raises:
            SpecError: the spec does not define it, or the job's end is not waited for.
        """
        check_metric(self.spec, name, "final_metric", self.node.path)
        value = self._final(f"final_metric({name!r})", metric_attribute(name))
        if name not in self._asked:
            self._asked.append(name)
        return value

    def _final(self, what: str, attribute: str) -> str:
        if not self._completion.waits:
            problem = "is not known with Completion.start(), which does not wait for the job"
            raise SpecError(what, problem, WAITING, construct=self.node.path)
        return self._answering.get_att_string(attribute)
