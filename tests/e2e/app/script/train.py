"""Writes a model and says how good it is: as good as it is told to be."""

import argparse
import os
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--score", type=float, required=True)
score = parser.parse_args().score
print(f"score={score}")
Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(f"score {score}\n")
sys.exit(0)
