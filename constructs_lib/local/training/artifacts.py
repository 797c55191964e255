"""What a job leaves: the model archive, the output archive, the checkpoints."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from .inputs import checkpoint_uri
from .layout import Layout
from .outcome import JobView
from .storage import Storage

__all__ = ["model_uri", "pack", "upload_artifacts"]


def model_uri(job: JobView) -> str:
    """Where the model archive goes."""
    return f"{_output(job)}/model.tar.gz"


def pack(folder: Path) -> bytes:
    """A folder as a gzipped tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path in sorted(folder.rglob("*")):
            tar.add(path, arcname=path.relative_to(folder).as_posix(), recursive=False)
    return buffer.getvalue()


def upload_artifacts(job: JobView, layout: Layout, storage: Storage) -> str:
    """Uploads what the script has written and returns the model archive's URI."""
    storage.write(model_uri(job), pack(layout.model))
    if any(layout.output_data.rglob("*")):
        storage.write(f"{_output(job)}/output.tar.gz", pack(layout.output_data))
    uri = checkpoint_uri(job)
    if uri:
        storage.upload(layout.checkpoints, uri)
    return model_uri(job)


def _output(job: JobView) -> str:
    return f"{job.request['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job.name}/output"
