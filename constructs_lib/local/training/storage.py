"""Objects of the emulated S3: reading prefixes into folders and folders back under prefixes."""

from __future__ import annotations

from pathlib import Path

from constructs_lib.local.sdk import make_client
from constructs_lib.local.settings import current

__all__ = ["NoObjects", "Storage", "split_uri"]

_MAX_PAGES = 1000


class NoObjects(Exception):
    """An S3 URI gives or takes nothing; the text is the service's."""


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key``."""
    if not uri.startswith("s3://"):
        raise NoObjects(f'"{uri}" is not an S3 URI')
    bucket, _, key = uri[5:].partition("/")
    return bucket, key


class Storage:
    """S3 as a training job of a region uses it."""

    def __init__(self, region: str) -> None:
        self._client = make_client("s3", region, current().endpoint)
        self._region = region

    def read(self, uri: str) -> bytes:
        """One object.

        Raises:
            NoObjects: it does not exist.
        """
        bucket, key = split_uri(uri)
        try:
            body: bytes = self._client.get_object(Bucket=bucket, Key=key)["Body"].read()
        except Exception as error:
            raise NoObjects(self._nothing(uri)) from error
        return body

    def write(self, uri: str, body: bytes) -> None:
        """Puts one object.

        Raises:
            NoObjects: its bucket does not exist, or takes nothing.
        """
        from botocore.exceptions import ClientError

        bucket, key = split_uri(uri)
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=body)
        except ClientError as error:
            raise NoObjects(f"ClientError: Data upload failed: {error} ({uri})") from error

    def download(self, uri: str, folder: Path, *, required: bool = True) -> int:
        """Every object under a prefix into a folder, by its name below the prefix.

        Raises:
            NoObjects: there is none, and some are required.
        """
        bucket, prefix = split_uri(uri)
        try:
            keys = self._keys(bucket, prefix)
        except Exception as error:
            raise NoObjects(self._nothing(uri)) from error
        if required and not keys:
            raise NoObjects(self._nothing(uri))
        for key in keys:
            self._save(bucket, key, folder / relative_name(key, prefix), folder)
        return len(keys)

    def upload(self, folder: Path, uri: str) -> None:
        """Every file of a folder under a prefix."""
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            self.write(f"{uri.rstrip('/')}/{path.relative_to(folder).as_posix()}", path.read_bytes())

    def empty(self, bucket: str) -> None:
        """Deletes every object, version and delete marker of a bucket; one that is gone is empty."""
        for _ in range(_MAX_PAGES):
            try:
                page = self._client.list_object_versions(Bucket=bucket)
            except self._client.exceptions.NoSuchBucket:
                return
            listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if not listed:
                return
            objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in listed]
            self._client.delete_objects(Bucket=bucket, Delete={"Objects": objects})

    def _keys(self, bucket: str, prefix: str) -> list[str]:
        keys: list[str] = []
        token: dict[str, str] = {}
        for _ in range(_MAX_PAGES):
            page = self._client.list_objects_v2(Bucket=bucket, Prefix=prefix, **token)
            keys += [item["Key"] for item in page.get("Contents", []) if not item["Key"].endswith("/")]
            if not page.get("IsTruncated"):
                break
            token = {"ContinuationToken": page["NextContinuationToken"]}
        return keys

    def _save(self, bucket: str, key: str, path: Path, folder: Path) -> None:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise NoObjects(f"the object {key} would be written outside of its channel")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self._client.get_object(Bucket=bucket, Key=key)["Body"].read())

    def _nothing(self, uri: str) -> str:
        return (
            f'ClientError: No S3 objects found under S3 URL "{uri}" given in input data source. Please '
            f"ensure that the bucket exists in the selected region ({self._region}), that objects exist "
            "under that S3 prefix, and that the role has s3:ListBucket permissions on the bucket."
        )


def relative_name(key: str, prefix: str) -> str:
    """An object's name in its channel: what follows the prefix's last slash-terminated part."""
    folder = prefix if prefix.endswith("/") or not prefix else prefix + "/"
    if key.startswith(folder):
        return key[len(folder) :]
    return key[prefix.rfind("/") + 1 :]
