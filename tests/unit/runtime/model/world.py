"""The account that stacks share, and the runtime's world made of it: the one place that knows its members."""

from __future__ import annotations

from typing import Any

from constructs_lib.runtime.job_log import JobLog
from constructs_lib.runtime.jobs import Jobs
from constructs_lib.runtime.sealing import Seal
from constructs_lib.runtime.surroundings import Artifacts, Interfaces, Stack
from constructs_lib.runtime.world import World

from .account import Raw
from .clock import FakeClock
from .executions import FakeExecutions
from .kms import FakeKms
from .neighbours import FakeEc2, FakeLogs, FakeS3, FakeStacks
from .recorder import Recorder
from .requests import request
from .sagemaker import FakeSageMaker
from .tape import Tape
from .waits import Waits


class FakeAccount:
    """Everything outside, once: one tape, one clock, and the services."""

    def __init__(self) -> None:
        self.tape = Tape()
        self.clock = FakeClock()
        self.sagemaker = FakeSageMaker(self.tape, self.clock)
        self.kms = FakeKms(self.tape)
        self.recorder = Recorder(self.tape, self.clock)
        self.waits = Waits(self.tape, self.clock)
        self.stacks = FakeStacks(self.tape, self.clock, self.sagemaker)
        self.s3 = FakeS3(self.tape, self.clock, self.sagemaker)
        self.job_logs = FakeLogs(self.tape, self.clock, self.sagemaker)
        self.ec2 = FakeEc2(self.tape, self.clock, self.sagemaker)

    def start(self, name: str = "job-1", **members: Any) -> str:
        """Somebody starts a job: the base request with these members."""
        self.sagemaker.create_training_job(TrainingJobName=name, **request(**members))
        return name

    def describe(self, name: str = "job-1") -> Raw:
        """Somebody looks at a job."""
        return self.sagemaker.describe_training_job(TrainingJobName=name)

    def world(self, executions: FakeExecutions) -> World:
        """The runtime's world, over one stack's executions."""
        return World(
            jobs=Jobs(self.sagemaker, self.clock),
            executions=executions,
            seal=Seal(self.kms, "key"),
            clock=self.clock,
            send=self.recorder.send,
            signal=self.waits.signal,
            stack=Stack(self.stacks),
            artifacts=Artifacts(self.s3),
            job_log=JobLog(self.job_logs),
            interfaces=Interfaces(self.ec2),
        )
