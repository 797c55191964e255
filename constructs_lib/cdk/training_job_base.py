"""What can be seen and granted of a training job, of this app's or another's: metrics, events, grants."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.cdk.arns import training_job_arn
from constructs_lib.cdk.job_access import grant_stop_of
from constructs_lib.cdk.job_events import JobEvents

NAMESPACE = "/aws/sagemaker/TrainingJobs"


class ITrainingJob(JobEvents, Construct):
    """A training job, made here or imported: its metrics, events and grants.

    Args:
        scope: the stack, or a construct in it.
        id: the construct's id.
    """

    @property
    def training_job_name(self) -> str:
        """The job's name."""
        raise AttributeError("training_job_name is a subclass's to say")

    @property
    def training_job_arn(self) -> str:
        """The job's ARN."""
        raise AttributeError("training_job_arn is a subclass's to say")

    def _name_pattern(self) -> object:
        return self.training_job_name

    def grant_stop(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let someone look at the job, and stop it."""
        return grant_stop_of(self.training_job_arn, grantee)

    def metric(
        self, name: str, *, statistic: str = "Average", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """A metric that the job's log is read for (see `MetricDefinition`).

        Args:
            name: the metric's name.
            statistic: as CloudWatch names it.
            period: left out: five minutes.
        """
        return self._metric(NAMESPACE, name, {"TrainingJobName": self.training_job_name}, statistic, period)

    def metric_cpu_utilization(
        self, *, host: int = 1, statistic: str = "Average", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Per cent of one CPU; 400 is the most of four. ``host`` is the instance's number, from 1."""
        return self._host_metric("CPUUtilization", host, statistic, period)

    def metric_memory_utilization(
        self, *, host: int = 1, statistic: str = "Average", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Per cent of the memory. ``host`` is the instance's number, from 1."""
        return self._host_metric("MemoryUtilization", host, statistic, period)

    def metric_gpu_utilization(
        self, *, host: int = 1, statistic: str = "Average", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Per cent of one GPU; 400 is the most of four. ``host`` is the instance's number, from 1."""
        return self._host_metric("GPUUtilization", host, statistic, period)

    def metric_gpu_memory_utilization(
        self, *, host: int = 1, statistic: str = "Average", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Per cent of one GPU's memory. ``host`` is the instance's number, from 1."""
        return self._host_metric("GPUMemoryUtilization", host, statistic, period)

    def metric_disk_utilization(
        self, *, host: int = 1, statistic: str = "Average", period: Duration | None = None
    ) -> cloudwatch.Metric:
        """Per cent of the training volume. ``host`` is the instance's number, from 1."""
        return self._host_metric("DiskUtilization", host, statistic, period)

    def _host_metric(
        self, name: str, host: int, statistic: str, period: Duration | None
    ) -> cloudwatch.Metric:
        dimensions = {"Host": f"{self.training_job_name}/algo-{host}"}
        return self._metric(NAMESPACE, name, dimensions, statistic, period)

    def _metric(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        statistic: str,
        period: Duration | None,
    ) -> cloudwatch.Metric:
        metric = cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            dimensions_map=dict(dimensions),
            statistic=statistic,
            period=period,
        )
        return metric.attach_to(self)


class ImportedTrainingJob(ITrainingJob):
    """A job that something else started, known by its name in this account and region."""

    def __init__(self, scope: Construct, id: str, name: str) -> None:
        super().__init__(scope, id)
        self._name = name

    @property
    def training_job_name(self) -> str:
        """The job's name."""
        return self._name

    @property
    def training_job_arn(self) -> str:
        """The job's ARN."""
        return training_job_arn(self._name)
