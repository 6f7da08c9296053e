"""Reads the packed pixels that draw-training-set.ts wrote."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

WORK = Path(__file__).parent / ".work"


@dataclass
class SceneSet:
    """Pixels [N, H, W, 3] uint8 RGB, a label for each, and the seeds they were drawn from."""

    pixels: np.ndarray
    labels: np.ndarray
    first_seed: int

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, rows: np.ndarray, mean: list[float], std: list[float]) -> torch.Tensor:
        """The rows as float32 [N, 3, H, W], (pixel - mean) / std."""
        image = torch.from_numpy(self.pixels[rows]).permute(0, 3, 1, 2).float()
        return (image - torch.tensor(mean).view(1, 3, 1, 1)) / torch.tensor(std).view(1, 3, 1, 1)


def read_scene_set(name: str) -> SceneSet:
    """Opens .work/NAME.bin and .work/NAME.json."""
    about = json.loads((WORK / f"{name}.json").read_text())
    shape = (about["count"], about["input"]["height"], about["input"]["width"], 3)
    pixels = np.fromfile(WORK / f"{name}.bin", dtype=np.uint8).reshape(shape)
    return SceneSet(pixels, np.array(about["labels"]), about["firstSeed"])
