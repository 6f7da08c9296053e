"""Measures ../1/model.onnx on scenes it never saw and writes ../1/manifest.json."""

import hashlib
import json

import numpy as np
import onnxruntime

from metrics import answered, measure, softmax
from package import MEAN, MIN_SCORE, PACKAGE, ROLL_UP_SCORE, STD, read_names
from scene_set import WORK, SceneSet, read_scene_set


def main() -> None:
    """Measure what is shipped: the exported file, not the network in memory."""
    test, validation = read_scene_set("test"), read_scene_set("validation")
    tried = softmax(run_onnx(validation))
    for threshold in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        print(f"validation, minScore {threshold}: {answered(tried, validation.labels, threshold)}")
    scores = softmax(run_onnx(test))
    metrics = measure(scores, test.labels, read_names())
    metrics["atMinScore"] = answered(scores, test.labels, MIN_SCORE)
    metrics |= json.loads((WORK / "training.json").read_text())
    write_manifest(metrics)
    print(json.dumps(metrics, indent=2))


def run_onnx(scenes: SceneSet) -> np.ndarray:
    """Logits [N, classes] for a whole set."""
    session = onnxruntime.InferenceSession(str(PACKAGE / "model.onnx"))
    rows = np.array_split(np.arange(len(scenes)), max(1, len(scenes) // 250))
    batches = [scenes.batch(at, MEAN, STD).numpy() for at in rows]
    return np.concatenate([session.run(["logits"], {"image": image})[0] for image in batches])


def write_manifest(metrics: dict) -> None:
    """Writes manifest.json with the file's hash and the figures just measured."""
    manifest = {
        "name": "demo",
        "version": "1",
        "file": "model.onnx",
        "sha256": hashlib.sha256((PACKAGE / "model.onnx").read_bytes()).hexdigest(),
        "input": {
            "name": "image",
            "layout": "NCHW",
            "dtype": "float32",
            "width": 96,
            "height": 96,
            "fit": "fill",
            "kernel": "lanczos3",
            "colourOrder": "RGB",
            "mean": MEAN,
            "std": STD,
        },
        "output": {"name": "logits", "activation": "softmax"},
        "labels": "labels.csv",
        "decision": {"minScore": MIN_SCORE, "rollUpScore": ROLL_UP_SCORE},
        "licence": "Apache-2.0",
        "provenance": (
            "Trained from scratch by models/demo/training/train.py on scenes drawn by "
            "models/demo/training/draw-scene.ts; no photo of a real animal was used."
        ),
        "metrics": metrics,
    }
    (PACKAGE / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main()
