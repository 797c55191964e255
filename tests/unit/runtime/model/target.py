"""What a deployment asks of one training job resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .account import Raw
from .requests import JUDGED, properties, resources
from .waits import WaitHandle

NETWORK = {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]}
GATE = {"Metric": "auc", "AtLeast": 0.5}
# As the construct derives it: CloudFormation listens longer than the runtime waits, by this.
STOP_SECONDS = 300


@dataclass(frozen=True)
class Target:
    """One template's word on the resource; only ``content`` decides what is trained.

    Attributes:
        synth: what synthesis knows of the content: it is in the logical ids of handle and condition.
        fixed: the job's name, where the user gave it.
        extra: what changes no model: a tag's value, gates, fallback, delete_record, network, warm pool.
    """

    content: str = "A"
    mode: str = "wait"
    synth: str = ""
    extra: frozenset[str] = frozenset()
    tag: str = "1"
    timeout: int = 1500
    fixed: str = ""

    @property
    def key(self) -> str:
        return self.synth or self.content

    @property
    def waits_by_condition(self) -> bool:
        return self.mode == "wait_condition"

    def start(self, owner: str, handle: WaitHandle | None) -> Raw:
        """The start resource's properties."""
        asked = self._whole(owner)
        if handle is not None:
            asked["Completion"]["Handle"] = handle.url
            asked = {key: value for key, value in asked.items() if key not in JUDGED[:2]}
        return asked

    def result(self, job: str | None, waited: str) -> Raw:
        """The result resource's properties."""
        whole = self._whole("")
        judged = {key: whole[key] for key in JUDGED if key in whole}
        output = whole["Request"]["OutputDataConfig"]["S3OutputPath"]
        given = {"TrainingJobName": job, "OutputPath": output, "Waited": waited}
        return {"FinalMetrics": [], **judged, **given}

    def _whole(self, owner: str) -> Raw:
        rest: dict[str, Any] = {"Tags": [{"Key": "team", "Value": self.tag}], "AllowStopped": False}
        if "gate" in self.extra:
            rest |= {"QualityGates": [GATE], "FinalMetrics": ["auc"]}
        if "fallback" in self.extra:
            rest["CapacityFallback"] = [resources("ml.m5.xlarge"), resources("ml.m5.2xlarge")]
        if "record" in self.extra:
            rest["DeleteRecord"] = True
        if "network" in self.extra:
            rest |= {"AwaitInterfaces": True, "VpcConfig": NETWORK}
        if "pool" in self.extra:
            rest["ResourceConfig"] = resources("ml.m5.large", KeepAlivePeriodInSeconds=600)
        rest["Environment"] = {"VERSION": self.content}
        whole = properties(mode=self.mode, timeout=self.timeout, owner=owner, **rest)
        if self.fixed:
            whole["JobName"]["Fixed"] = self.fixed
        return whole
