"""Keeps what a frozen graph itself detects, beside the raw outputs of the float model made from it.

``python -m recipe.frozen_detections GRAPH.pb MODEL.tflite PICTURES.npy TARGET.npz``; needs TensorFlow.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

LOWEST_SCORE = 0.05


def graph_detections(frozen_graph: Path, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return boxes (n, k, 4) as y1, x1, y2, x2 of 0 to 1, and scores (n, k), best first, of each picture."""
    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(frozen_graph.read_bytes())
    with tf.Graph().as_default():
        tf.import_graph_def(definition, name="")
        with tf.compat.v1.Session() as session:
            fetches = ["detection_boxes:0", "detection_scores:0"]
            answers = [session.run(fetches, {"image_tensor:0": picture[None]}) for picture in pictures]
    return np.concatenate([boxes for boxes, _ in answers]), np.concatenate([scores for _, scores in answers])


def raw_outputs(model: Path, pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Return the float model's outputs by name, (n, ...)."""
    interpreter = tf.lite.Interpreter(str(model), num_threads=1)
    interpreter.allocate_tensors()
    (pixels,) = interpreter.get_input_details()
    outputs: dict[str, list[np.ndarray]] = {detail["name"]: [] for detail in interpreter.get_output_details()}
    for picture in pictures:
        interpreter.set_tensor(pixels["index"], picture[None].astype(np.float32) / 127.5 - 1)
        interpreter.invoke()
        for detail in interpreter.get_output_details():
            outputs[detail["name"]].append(interpreter.get_tensor(detail["index"])[0])
    return {name: np.stack(values) for name, values in outputs.items()}


def main() -> None:
    graph, model, pictures_file, target = map(Path, sys.argv[1:])
    pictures = np.load(pictures_file)
    boxes, scores = graph_detections(graph, pictures)
    kept = int((scores >= LOWEST_SCORE).sum(axis=1).max())
    raw = raw_outputs(model, pictures)
    # Anchors that no threshold lets through are not needed, and would make the file large.
    live = raw["class_predictions"][..., 1] > np.log(LOWEST_SCORE / 2)
    np.savez_compressed(
        target,
        boxes=boxes[:, :kept],
        scores=scores[:, :kept],
        picture=np.nonzero(live)[0].astype(np.int16),
        anchor=np.nonzero(live)[1].astype(np.int16),
        box_encodings=raw["box_encodings"][live],
        class_predictions=raw["class_predictions"][live],
    )


if __name__ == "__main__":
    main()
