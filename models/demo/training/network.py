"""The demo model: a small convolutional network for 96 x 96 pictures."""

import torch
from torch import nn


def block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """A 3 x 3 convolution, normalised and rectified."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Network(nn.Module):
    """Pictures [N, 3, 96, 96] to logits [N, classes]; about 0.35 million weights."""

    def __init__(self, classes: int):
        super().__init__()
        self.features = nn.Sequential(
            block(3, 16, 2),
            block(16, 32, 2),
            block(32, 64, 2),
            block(64, 64, 1),
            block(64, 112, 2),
            block(112, 128, 1),
        )
        self.classify = nn.Sequential(nn.Dropout(0.2), nn.Linear(256, classes))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        seen = self.features(image)
        # The mean says what the scene is made of, the maximum whether a trait is there at all.
        pooled = torch.cat([seen.mean(dim=(2, 3)), seen.amax(dim=(2, 3))], dim=1)
        return self.classify(pooled)


class Calibrated(nn.Module):
    """A trained network whose logits are divided by a temperature, so that scores are honest."""

    def __init__(self, network: Network, temperature: float):
        super().__init__()
        self.network = network
        self.temperature = temperature

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.network(image) / self.temperature
