"""Trains a classifier on the Wisconsin breast-cancer data (569 patients) that ships inside scikit-learn.

It reads its hyperparameters and folders as the SageMaker framework containers hand them over, holds back a
fifth of the patients, and prints the accuracy on those.
"""

import argparse
import json
import os
from pathlib import Path

import joblib
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split


def main() -> None:
    arguments = parse()
    data = load_breast_cancer()
    split = train_test_split(
        data.data, data.target, test_size=0.2, random_state=arguments.seed, stratify=data.target
    )
    train_x, held_back_x, train_y, held_back_y = split
    model = GradientBoostingClassifier(
        max_depth=arguments.max_depth,
        learning_rate=arguments.learning_rate,
        n_estimators=arguments.n_estimators,
        random_state=arguments.seed,
    )
    model.fit(train_x, train_y)
    accuracy = accuracy_score(held_back_y, model.predict(held_back_x))
    auc = roc_auc_score(held_back_y, model.predict_proba(held_back_x)[:, 1])
    print(f"rows: train={len(train_y)} held_back={len(held_back_y)}")
    print(f"validation accuracy={accuracy:.6f} auc={auc:.6f}")

    folder = Path(arguments.model_dir)
    joblib.dump(model, folder / "model.joblib")
    (folder / "held_back.json").write_text(json.dumps({"test_size": 0.2, "seed": arguments.seed}))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--max_depth", type=int, default=3)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--n_estimators", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR", "."))
    return parser.parse_args()


if __name__ == "__main__":
    main()
