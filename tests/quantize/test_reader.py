"""Files that are no model, no longer one, or too much of one."""

import numpy as np
import pytest
from fakes import float_models
from fakes.float_models import F4

from edge_mbv2.errors import ModelFormatError
from edge_mbv2.quantize import Graph, Tensor, dump, load
from edge_mbv2.quantize.schema import libraries


@pytest.mark.parametrize("data", [b"", b"TFL3", b"\x89PNG\r\n\x1a\n", b"no model of any kind" * 9])
def test_something_else_is_no_model(data: bytes) -> None:
    with pytest.raises(ModelFormatError, match=r"not a \.tflite model: bytes 4-7"):
        load(data)


def test_a_truncated_file_is_damaged_wherever_it_is_cut() -> None:
    data = float_models.classifier()
    for length in range(8, len(data), 101):
        with pytest.raises(ModelFormatError, match=r"damaged|not a \.tflite"):
            load(data[:length])


def test_garbage_behind_the_identifier_is_damaged() -> None:
    garbage = np.random.default_rng(0).integers(0, 256, 4096, np.uint8).tobytes()
    with pytest.raises(ModelFormatError, match="damaged"):
        load(garbage[:4] + b"TFL3" + garbage)


def test_flipped_bytes_give_a_graph_or_a_model_error() -> None:
    data = float_models.detector()
    random = np.random.default_rng(0)
    refused = 0
    for at in random.integers(8, len(data), 200):
        flipped = bytearray(data)
        flipped[at] ^= int(random.integers(1, 256))
        try:
            load(bytes(flipped))
        except ModelFormatError:
            refused += 1
    assert refused > 0


def changed(change) -> bytes:
    """Return the classifier after ``change`` of the schema's own objects."""
    flatbuffers, schema = libraries()
    model = schema.ModelT.InitFromPackedBuf(float_models.classifier())
    change(model)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def test_several_subgraphs_are_refused() -> None:
    with pytest.raises(ModelFormatError, match="has 2 subgraphs"):
        load(changed(lambda model: model.subgraphs.append(model.subgraphs[0])))


def test_a_type_that_is_not_known_is_named() -> None:
    def make_strings(model) -> None:
        model.subgraphs[0].tensors[0].type = 5

    with pytest.raises(ModelFormatError, match="tensor 'image' is of type STRING; only FLOAT32"):
        load(changed(make_strings))


def test_a_tensor_needs_no_name() -> None:
    def strip(model) -> None:
        model.subgraphs[0].tensors[3].name = None

    assert "" in {tensor.name for tensor in load(changed(strip)).tensors()}


@pytest.mark.parametrize("index", [-2, 10_000])
def test_a_tensor_that_is_not_there_is_damage(index: int) -> None:
    def misplace(model) -> None:
        model.subgraphs[0].outputs = np.array([index], "i4")

    with pytest.raises(ModelFormatError, match="damaged"):
        load(changed(misplace))


def test_operators_in_another_order_are_damage() -> None:
    def reverse(model) -> None:
        model.subgraphs[0].operators.reverse()

    with pytest.raises(ModelFormatError, match=r"damaged \(nothing computes 'logits' before it is read\)"):
        load(changed(reverse))


def test_an_output_that_nothing_computes_is_damage() -> None:
    def leave_out(model) -> None:
        del model.subgraphs[0].operators[-1]

    with pytest.raises(ModelFormatError, match="nothing computes 'probabilities'"):
        load(changed(leave_out))


def test_a_graph_may_be_empty() -> None:
    x = Tensor("x", (1, 2), F4)
    assert load(dump(Graph([x], [x]))).operators == []
