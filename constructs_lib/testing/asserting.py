"""An assertion about the training jobs of a template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from constructs_lib.errors import SpecError
from constructs_lib.testing.differences import Difference, differences
from constructs_lib.testing.expected import check_fields
from constructs_lib.testing.jobs import jobs_of
from constructs_lib.testing.normalized import normalize_template
from constructs_lib.testing.reading import AnyTemplate

__all__ = ["assert_training_job"]


class _Judged(NamedTuple):
    where: str
    found: list[Difference]

    @property
    def fields(self) -> int:
        """In how many fields it differs."""
        return sum(difference.fields for difference in self.found)


def assert_training_job(template: AnyTemplate, fields: Mapping[str, Any], count: int | None = None) -> None:
    """Asserts that a template has a training job with these fields.

    Looked at are `TrainingJob`, the tasks of state machines, those of sweeps and inside maps and
    branches too, and schedules that start a job directly. A nested stack has a template of its own.

    Args:
        template: a dict, an ``aws_cdk.assertions.Template``, a stack, or the path of a template in JSON.
        fields: what the request has, in AWS's form; other members do not count. A list has as many items as
            the request's. A value is compared with ``==``; an ``re.Pattern`` searches a text, and a function
            is called and says whether the value is right. A function of CloudFormation's equals itself and
            its text: ``s3://${Bucket}/train/``. Hashes of assets are ``<asset>``, as in `normalize_template`.
        count: how many jobs have these fields; at least one when it is not given.

    Raises:
        AssertionError: there is no such job, or another number of them. It tells in what the closest one
            differs, and which jobs there are.
        SpecError: there is no template in what was given, the arguments are of another type, or the fields
            have what cannot be compared: a type, a pattern of bytes, or a matcher of ``aws_cdk.assertions``.

    Example:
        >>> request = {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1}}
        >>> job = {"Type": "Custom::SageMakerTrainingJob", "Properties": {"Request": request}}
        >>> assert_training_job({"Resources": {"Job": job}}, {"ResourceConfig": {"InstanceCount": 1}})
    """
    __tracebackhide__ = True
    _check(fields, count)
    jobs = [
        _Judged(job.where, list(differences(fields, job.request)))
        for job in jobs_of(normalize_template(template))
    ]
    right = [job for job in jobs if not job.found]
    if len(right) != count if count is not None else not right:
        raise AssertionError("\n".join(_told(jobs, right, count)))


def _check(fields: object, count: object) -> None:
    check_fields(fields)
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 0):
        raise SpecError("count", f"got {count!r}", "give a number from 0, or None for at least one")


def _told(jobs: Sequence[_Judged], right: Sequence[_Judged], count: int | None) -> Iterable[str]:
    asked = "" if count is None else f", not {count}"
    yield f"{_number(len(right))} these fields{asked}"
    for job in right:
        yield f"  {job.where}"
    wrong = [job for job in jobs if job.found]
    if wrong and len(right) < (count or 1):
        closest = min(wrong, key=lambda job: job.fields)
        yield f"the closest other one is {closest.where}:" if right else f"the closest is {closest.where}:"
        yield from (f"  {difference.line}" for difference in closest.found)
        rest = [job for job in wrong if job is not closest]
        if rest:
            yield "the others, and in how many fields they differ:"
            yield from (f"  {job.where}: {job.fields}" for job in rest)
    if not jobs:
        yield "the template has no training job"


def _number(number: int) -> str:
    if not number:
        return "no training job has"
    return "1 training job has" if number == 1 else f"{number} training jobs have"
