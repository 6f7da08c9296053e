"""What is measured of the demo model, on scenes that it never saw."""

import numpy as np

LOOK_ALIKES = [(0, 1), (2, 3), (4, 5), (6, 7)]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits [N, C] to scores [N, C]."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def measure(scores: np.ndarray, labels: np.ndarray, names: list[str]) -> dict:
    """Accuracy, accuracy with look-alikes merged, recall, accuracy within pairs, calibration."""
    answers = scores.argmax(axis=1)
    return {
        "scenes": len(labels),
        "top1": share(answers == labels),
        "top1LookAlikesMerged": share(merge(answers) == merge(labels)),
        "recall": {name: share(answers[labels == i] == i) for i, name in enumerate(names)},
        "withinPair": {
            f"{names[a]} / {names[b]}": within_pair(scores, labels, a, b) for a, b in LOOK_ALIKES
        },
        "expectedCalibrationError": calibration_error(scores, labels),
    }


def merge(labels: np.ndarray) -> np.ndarray:
    """Both species of a look-alike pair as the first."""
    merged = labels.copy()
    for first, second in LOOK_ALIKES:
        merged[labels == second] = first
    return merged


def within_pair(scores: np.ndarray, labels: np.ndarray, a: int, b: int) -> float:
    """How often the true one of the two has the higher score; 0.5 is a coin."""
    rows = (labels == a) | (labels == b)
    return share((scores[rows, b] > scores[rows, a]) == (labels[rows] == b))


def calibration_error(scores: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the top score (Guo et al. 2017), equal-width bins."""
    top, right = scores.max(axis=1), scores.argmax(axis=1) == labels
    at = np.minimum((top * bins).astype(int), bins - 1)
    error = sum(
        abs(top[at == b].mean() - right[at == b].mean()) * (at == b).mean()
        for b in range(bins)
        if (at == b).any()
    )
    return round(float(error), 4)


def share(hits: np.ndarray) -> float:
    """Part of the hits that are true, to four places."""
    return round(float(np.mean(hits)), 4)


def answered(scores: np.ndarray, labels: np.ndarray, threshold: float) -> dict:
    """Share of scenes whose top score reaches the threshold, and how many of those are right."""
    sure = scores.max(axis=1) >= threshold
    right = scores.argmax(axis=1) == labels
    return {"answered": share(sure), "rightOfAnswered": share(right[sure])}
