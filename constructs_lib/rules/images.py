"""Rules about the uri of the training image: its form, its tag, and the region that it is in."""

from __future__ import annotations

from constructs_lib.rules.job import Job
from constructs_lib.rules.rule import Hits, Path, rule
from constructs_lib.rules.wording import shown
from constructs_lib.service_model.first_party import aws_accounts_by_region

__all__ = ["RULES"]

_IMAGE: Path = ("AlgorithmSpecification", "TrainingImage")
_FIELD = "AlgorithmSpecification.TrainingImage"


@rule(
    "image-whitespace",
    "error",
    fields=(_FIELD,),
    doubts=("AlgorithmImage",),
    violated_when="TrainingImage is empty or contains white space",
    message="must be registry/repository with a :tag or @digest and without white space, got {image}",
    fix="set the image's uri, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/train:1.0",
    source="AlgorithmSpecification$TrainingImage (registry/repository[:tag] or registry/repository[@digest])",
    verified=False,
)
def _image_whitespace(job: Job) -> Hits:
    uri = job.get("AlgorithmSpecification", "TrainingImage")
    if uri is None or uri.split() == [uri]:
        return ()
    return [(_IMAGE, {"image": shown(uri)})]


@rule(
    "image-tag-mutable",
    "warning",
    fields=(_FIELD,),
    doubts=("AlgorithmImage",),
    violated_when="TrainingImage has neither a tag nor a digest, or the tag latest",
    message="has {tag}, got {image}: the same request trains with another image once that tag has moved",
    fix="name a version's tag, or the digest: registry/repository@sha256:...",
    source="developer guide, docker-containers-adapt-your-own-private-registry (note on digests)",
)
def _image_tag_mutable(job: Job) -> Hits:
    image = job.image
    if image is None or image.digest is not None or image.tag not in (None, "latest") or not image.repository:
        return ()
    tag = "no tag (which means latest)" if image.tag is None else "the tag latest"
    return [(_IMAGE, {"tag": tag, "image": shown(job.request["AlgorithmSpecification"]["TrainingImage"])})]


@rule(
    "image-region-mismatch",
    "warning",
    fields=(_FIELD,),
    needs_place=True,
    violated_when="the region in the host of an ECR image differs from the known region of the job",
    message="is an image in {theirs}, and the job runs in {ours}: an image is pulled from the job's "
    "own region",
    fix="set the uri of the image in the job's region: AWS's own images have an account for each, and ECR "
    "replicates yours there",
    source="developer guide, sagemaker-algo-docker-registry-paths (a registry in each region)",
    verified=False,
)
def _image_region_mismatch(job: Job) -> Hits:
    if job.region is None or job.image is None or job.image.region in (None, job.region):
        return ()
    return [(_IMAGE, {"theirs": shown(job.image.region), "ours": job.region})]


@rule(
    "image-account-mismatch",
    "error",
    fields=(_FIELD,),
    needs_place=True,
    violated_when="the repository is one of AWS's images and the account is AWS's for it in another region, "
    "not in the region that the uri names (checked in a known region)",
    message="account {theirs} holds AWS's {repository} in {where}, not in {region}, where it is account "
    "{ours}",
    fix="set the account that AWS names for the region, in the uri of the image",
    source="developer guide, sagemaker-algo-docker-registry-paths (the account of each region)",
    verified=False,
)
def _image_account_mismatch(job: Job) -> Hits:
    if job.region is None:
        return
    image = job.image
    if image is None or image.account is None or image.region is None:
        return
    accounts = aws_accounts_by_region(image.repository)
    right = accounts.get(image.region)
    if right is None or image.account in right:
        return
    where = sorted(region for region, held in accounts.items() if image.account in held)
    if where:
        yield (
            _IMAGE,
            {
                "theirs": image.account,
                "repository": image.repository,
                "where": where[0] if len(where) == 1 else f"{where[0]} and {len(where) - 1} more region(s)",
                "region": image.region,
                "ours": " or ".join(sorted(right)),
            },
        )


RULES = (
    _image_whitespace,
    _image_tag_mutable,
    _image_region_mismatch,
    _image_account_mismatch,
)
