"""Reads a frozen graph of the TensorFlow Object Detection API; the only step that needs TensorFlow.

Run as a program, because TensorFlow and LiteRT do not share a process well:
``python -m recipe.frozen_graph GRAPH.pb MODEL.tflite``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

SIZE_PX = 300
NETWORK_INPUT = "Preprocessor/sub"  # what the graph's own preprocessor hands to the network
NETWORK_OUTPUTS = ("Squeeze", "concat_1")  # box encodings and class logits, before decoding


def convert(frozen_graph: Path) -> bytes:
    """Return the network between preprocessor and postprocessor as a float32 ``.tflite`` model.

    The converter folds batch normalization into the convolutions.
    """
    import tensorflow as tf

    converter = tf.compat.v1.lite.TFLiteConverter.from_frozen_graph(
        str(frozen_graph),
        input_arrays=[NETWORK_INPUT],
        output_arrays=list(NETWORK_OUTPUTS),
        input_shapes={NETWORK_INPUT: [1, SIZE_PX, SIZE_PX, 3]},
    )
    return bytes(converter.convert())


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(convert(Path(sys.argv[1])))
