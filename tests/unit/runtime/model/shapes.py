"""What botocore would refuse before it sends anything: parameters that the operation does not take."""

from __future__ import annotations

import functools
import json
from typing import Any

from botocore.exceptions import ParamValidationError
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from constructs_lib.runtime.scalars import MODEL_FILE

# <models>/<service>/<version>/service-2.json
MODELS = MODEL_FILE.parents[2]


@functools.cache
def service_model(service: str = "sagemaker") -> ServiceModel:
    """The model that the asset ships for a service."""
    [file] = (MODELS / service).glob("*/service-2.json")
    return ServiceModel(json.loads(file.read_text()), service)


def check_parameters(service: str, operation: str, request: dict[str, Any]) -> None:
    """Raise what botocore raises for parameters that are not the operation's."""
    shape = service_model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
