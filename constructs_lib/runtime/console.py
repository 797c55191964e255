"""Where a person looks at a training job."""

from __future__ import annotations

import re

_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_ARN = re.compile(
    r"arn:(?P<partition>[a-z-]+):sagemaker:(?P<region>[a-z0-9-]+):[0-9]{12}:training-job/"
    r"(?P<name>[A-Za-z0-9-]{1,63})"
)


def console_address(arn: str, name: str | None = None) -> str | None:
    """The console's page of a training job.

    Args:
        arn: the job's ARN.
        name: the job's name in its own case, which its ARN need not keep; by default the ARN's.

    Returns:
        The address, or None for another ARN and for a partition whose console is not known.
    """
    found = _ARN.fullmatch(arn)
    if not found or found["partition"] not in _HOSTS:
        return None
    region, shown = found["region"], found["name"]
    if name and name.lower() == shown.lower():
        shown = name
    return f"https://{region}.{_HOSTS[found['partition']]}/sagemaker/home?region={region}#/jobs/{shown}"
