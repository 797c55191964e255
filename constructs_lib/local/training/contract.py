"""The environment of a script: the variables that AWS's training toolkit sets."""

from __future__ import annotations

import json
import os
from typing import Any

from .layout import Layout
from .outcome import JobView

__all__ = ["Contract", "decoded"]

_HOST = "algo-1"
_PREFIX = "sagemaker_"
_LOG_LEVEL = "20"
_FRAMEWORKS = ("sklearn", "xgboost", "pytorch", "tensorflow", "mxnet", "huggingface")


def decoded(value: str) -> Any:
    """A hyperparameter as the toolkit reads it: JSON where it is JSON, else the text."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value)


class Contract:
    """What a job's script is told.

    Args:
        job: the job.
        layout: its folders.
    """

    def __init__(self, job: JobView, layout: Layout) -> None:
        self._job, self._layout = job, layout
        every = {key: decoded(value) for key, value in (job.request.get("HyperParameters") or {}).items()}
        self.hyperparameters = {key: v for key, v in every.items() if not key.startswith(_PREFIX)}
        self.program = str(every[f"{_PREFIX}program"])
        self.submit_directory = str(every[f"{_PREFIX}submit_directory"])
        self._log_level = str(every.get(f"{_PREFIX}container_log_level", _LOG_LEVEL))

    @property
    def arguments(self) -> list[str]:
        """The hyperparameters as command-line arguments, sorted as the toolkit sorts them."""
        arguments: list[str] = []
        for key in sorted(self.hyperparameters):
            arguments += [f"-{key}" if len(key) == 1 else f"--{key}", str(self.hyperparameters[key])]
        return arguments

    def write_configs(self) -> None:
        """The files below ``input/config``."""
        self._layout.write_config("hyperparameters", self._job.request.get("HyperParameters") or {})
        self._layout.write_config("resourceconfig", self._resources())
        self._layout.write_config("inputdataconfig", self._channels())

    def environment(self) -> dict[str, str]:
        """Every variable of the contract, and the request's own environment."""
        training = self._training()
        variables = {f"SM_{key.upper()}": _text(value) for key, value in training.items()}
        for name, folder in training["channel_input_dirs"].items():
            variables[f"SM_CHANNEL_{name.upper()}"] = folder
        for key, value in self.hyperparameters.items():
            variables[f"SM_HP_{key.upper()}"] = _text(value)
        return {
            **variables,
            "SM_HPS": json.dumps(self.hyperparameters),
            "SM_CHANNELS": json.dumps(sorted(training["channel_input_dirs"])),
            "SM_USER_ARGS": json.dumps(self.arguments),
            "SM_USER_ENTRY_POINT": self.program,
            "SM_TRAINING_ENV": json.dumps(training),
            "TRAINING_JOB_NAME": self._job.name,
            "TRAINING_JOB_ARN": self._job.arn,
            "AWS_REGION": self._job.region,
            "SAGEMAKER_REGION": self._job.region,
            **{key: str(value) for key, value in (self._job.request.get("Environment") or {}).items()},
        }

    def _training(self) -> dict[str, Any]:
        layout = self._layout
        return {
            "channel_input_dirs": {name: str(layout.channel(name)) for name in self._channels()},
            "current_host": _HOST,
            "current_instance_group": "homogeneousCluster",
            "current_instance_type": self._instance_type(),
            "framework_module": self._framework(),
            "hosts": [_HOST],
            "hyperparameters": self.hyperparameters,
            "input_config_dir": str(layout.config),
            "input_data_config": self._channels(),
            "input_dir": str(layout.input),
            "is_master": True,
            "job_name": self._job.name,
            "log_level": int(self._log_level) if self._log_level.isdigit() else int(_LOG_LEVEL),
            "master_hostname": _HOST,
            "model_dir": str(layout.model),
            "module_dir": self.submit_directory,
            "module_name": self.program.removesuffix(".py"),
            "network_interface_name": "lo",
            "num_cpus": os.cpu_count() or 1,
            "num_gpus": 0,
            "num_neurons": 0,
            "output_data_dir": str(layout.output_data),
            "output_dir": str(layout.output),
            "output_intermediate_dir": str(layout.intermediate),
            "resource_config": self._resources(),
        }

    def _channels(self) -> dict[str, dict[str, Any]]:
        return {
            channel["ChannelName"]: {
                "TrainingInputMode": channel.get("InputMode", "File"),
                "S3DistributionType": (channel.get("DataSource", {}).get("S3DataSource") or {}).get(
                    "S3DataDistributionType", "FullyReplicated"
                ),
                "RecordWrapperType": channel.get("RecordWrapperType", "None"),
                **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
            }
            for channel in self._job.request.get("InputDataConfig") or []
        }

    def _resources(self) -> dict[str, Any]:
        group = {
            "instance_group_name": "homogeneousCluster",
            "instance_type": self._instance_type(),
            "hosts": [_HOST],
        }
        return {
            "current_host": _HOST,
            "current_instance_type": self._instance_type(),
            "current_group_name": "homogeneousCluster",
            "hosts": [_HOST],
            "instance_groups": [group],
            "network_interface_name": "lo",
        }

    def _instance_type(self) -> str:
        return str((self._job.request.get("ResourceConfig") or {}).get("InstanceType", "local"))

    def _framework(self) -> str:
        image = str((self._job.request.get("AlgorithmSpecification") or {}).get("TrainingImage", ""))
        name = next((word for word in _FRAMEWORKS if word in image), "sklearn")
        return f"sagemaker_{name}_container.training:main"
