"""Writes a model and says how good it is: as good as it is told to be."""

import argparse
import os
import sys
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--score", type=float, required=True)
parser.add_argument("--exits", type=int, default=0)
arguments = parser.parse_args()
print(f"score={arguments.score}")
if arguments.exits:
    print("the data had no rows", file=sys.stderr)
    sys.exit(arguments.exits)
Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(f"score {arguments.score}\n")
