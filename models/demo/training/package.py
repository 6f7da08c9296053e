"""The model package that training fills: ../1."""

import csv
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "1"
# ImageNet's statistics in pixel units: near enough to the scenes', and what most models use.
MEAN = [123.675, 116.28, 103.53]
STD = [58.395, 57.12, 57.375]
# Of a look-alike pair alone, a picture rarely gives more than this to one of the two: without a
# region such a photo rolls up to what the two have in common.
MIN_SCORE = 0.75
ROLL_UP_SCORE = 0.65


def read_names() -> list[str]:
    """Scientific names in the order of the outputs."""
    with open(PACKAGE / "labels.csv", newline="") as file:
        return [row["scientific_name"] for row in csv.DictReader(file)]
