"""Trains the demo model on drawn scenes and writes ../1/model.onnx (see ../1/CARD.md)."""

import argparse
import json
import time

import numpy as np
import onnx
import torch
from torch import nn

from network import Calibrated, Network
from package import MEAN, PACKAGE, STD, read_names
from scene_set import WORK, SceneSet, read_scene_set

BATCH = 64
OPSET = 17


def main() -> None:
    """Train, calibrate, export; measure.py measures what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--seed", type=int, default=20250101)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(options.threads)

    train, validation = read_scene_set("train"), read_scene_set("validation")
    network = train_network(train, validation, len(read_names()), options.epochs, options.seed)
    temperature = fit_temperature(network, validation)
    export(Calibrated(network, temperature))
    about = {"trainingScenes": len(train), "epochs": options.epochs, "seed": options.seed}
    about |= {"temperature": round(temperature, 4)}
    (WORK / "training.json").write_text(json.dumps(about))
    print(about)


def train_network(
    train: SceneSet, validation: SceneSet, classes: int, epochs: int, seed: int
) -> Network:
    """One cycle of learning rates, pictures mirrored by chance and shown in a new order each time."""
    network = Network(classes).to(memory_format=torch.channels_last)
    steps = epochs * (len(train) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    # Half of each pair is a coin's toss; smoothing keeps the model from learning it by heart.
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.03)
    order = np.random.default_rng(seed)
    for epoch in range(epochs):
        started, total = time.time(), 0.0
        network.train()
        rows = order.permutation(len(train))[: len(train) // BATCH * BATCH]
        for at in rows.reshape(-1, BATCH):
            image = augment(train.batch(at, MEAN, STD), order)
            loss = loss_of(network(image), torch.from_numpy(train.labels[at]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        right = (predict(network, validation).argmax(axis=1) == validation.labels).mean()
        spent = time.time() - started
        print(
            f"epoch {epoch + 1}: loss {total / (len(rows) // BATCH):.3f}, "
            f"validation accuracy {right:.3f}, {spent:.0f} s",
            flush=True,
        )
    return network


def augment(image: torch.Tensor, order: np.random.Generator) -> torch.Tensor:
    """Mirrors half of the batch, shifts it by up to six pixels, and changes light and contrast."""
    mirrored = torch.from_numpy(order.random(len(image)) < 0.5).view(-1, 1, 1, 1)
    image = torch.where(mirrored, image.flip(3), image)
    across, down = (int(v) for v in order.integers(0, 13, 2))
    padded = nn.functional.pad(image, (6, 6, 6, 6), mode="replicate")
    image = padded[:, :, down : down + image.shape[2], across : across + image.shape[3]]
    contrast = torch.from_numpy(order.uniform(0.85, 1.15, (len(image), 1, 1, 1))).float()
    light = torch.from_numpy(order.uniform(-0.15, 0.15, (len(image), 1, 1, 1))).float()
    return (image * contrast + light).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def predict(network: nn.Module, scenes: SceneSet) -> np.ndarray:
    """Logits [N, classes] for a whole set."""
    network.eval()
    rows = np.array_split(np.arange(len(scenes)), max(1, len(scenes) // 250))
    return np.concatenate([network(scenes.batch(at, MEAN, STD)).numpy() for at in rows])


def fit_temperature(network: Network, validation: SceneSet) -> float:
    """The temperature with the smallest validation loss, on a fine grid."""
    logits = torch.from_numpy(predict(network, validation))
    labels = torch.from_numpy(validation.labels)
    grid = np.geomspace(0.4, 2.5, 200)
    losses = [nn.functional.cross_entropy(logits / t, labels).item() for t in grid]
    return float(grid[int(np.argmin(losses))])


def export(model: nn.Module) -> None:
    """Writes model.onnx: image [N, 3, 96, 96] to logits [N, classes], N free."""
    model.eval()
    torch.onnx.export(
        model,
        (torch.zeros(1, 3, 96, 96),),
        str(PACKAGE / "model.onnx"),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}},
        opset_version=OPSET,
        dynamo=False,
    )
    onnx.checker.check_model(str(PACKAGE / "model.onnx"), full_check=True)


if __name__ == "__main__":
    main()
