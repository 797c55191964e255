"""Running the script of a training job, with the contract of AWS's framework containers."""

from __future__ import annotations

from .outcome import Outcome
from .run import is_script_job, run_script
from .simulated import run_simulated

__all__ = ["Outcome", "is_script_job", "run_script", "run_simulated"]
