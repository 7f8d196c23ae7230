"""Nothing but an intact .tflite gets past the structure check, and nothing makes it stumble."""

import random
from pathlib import Path

import flatbuffers
import pytest
from fakes import tiny_tflite

from edge_mbv2.errors import ModelFormatError
from edge_mbv2.inference.model_file import custom_ops


def write(folder: Path, data: bytes) -> Path:
    path = folder / "model.tflite"
    path.write_bytes(data)
    return path


def test_an_intact_file_passes(tmp_path: Path) -> None:
    assert custom_ops(write(tmp_path, tiny_tflite.build())) == frozenset()


def test_custom_ops_are_named(tmp_path: Path) -> None:
    assert custom_ops(write(tmp_path, tiny_tflite.build(custom_op="Frobnicate"))) == {"Frobnicate"}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("person_int8.tflite", frozenset()),
        ("oidv4_int8.tflite", frozenset()),
        ("mobilenet_v2_1.0_224_quant.tflite", frozenset()),
        ("deeplabv3_mnv2_pascal_quant.tflite", frozenset()),
        ("deeplabv3_mnv2_dm05_pascal_quant_edgetpu.tflite", frozenset({"edgetpu-custom-op"})),
    ],
)
def test_public_models_pass(shared: Path, file: str, expected: frozenset[str]) -> None:
    assert custom_ops(shared / "models" / file) == expected


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG picture"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"PK\x03\x04\x14\0\0\0", "a zip archive"),
        (b"<!DOCTYPE html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs pull"),
        (b"person\ncat\n", "something else"),
    ],
)
def test_another_kind_of_file_is_told_by_its_name(tmp_path: Path, data: bytes, kind: str) -> None:
    with pytest.raises(ModelFormatError, match=rf"model\.tflite: .*{kind}.*expected a \.tflite model"):
        custom_ops(write(tmp_path, data))


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="No such file"):
        custom_ops(tmp_path / "absent.tflite")
    with pytest.raises(ModelFormatError, match="directory"):
        custom_ops(tmp_path)


def test_every_shortened_file_is_refused(tmp_path: Path) -> None:
    # Builders put the root first and what it refers to behind, so no proper prefix is whole.
    data = tiny_tflite.build()
    for size in range(len(data) - 4):
        with pytest.raises(ModelFormatError):
            custom_ops(write(tmp_path, data[:size]))


def test_a_real_model_cut_short_anywhere_is_refused(shared: Path, tmp_path: Path) -> None:
    path = write(tmp_path, (shared / "models" / "person_int8.tflite").read_bytes())
    size = path.stat().st_size
    for cut in range(200, 0, -1):
        with path.open("r+b") as file:
            file.truncate(size * (cut - 1) // 200)
        with pytest.raises(ModelFormatError, match=r"cut short|empty"):
            custom_ops(path)


def test_damage_anywhere_is_refused_or_harmless(tmp_path: Path) -> None:
    data = tiny_tflite.build()
    rng = random.Random(0)
    refused = 0
    for _ in range(1000):
        damaged = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(8, len(data))] = rng.randrange(256)
        try:
            custom_ops(write(tmp_path, bytes(damaged)))
        except ModelFormatError:
            refused += 1
    assert refused > 300


@pytest.mark.parametrize("scale", [0.0, -0.5, float("nan"), float("inf")])
def test_a_scale_that_is_no_positive_number_is_damage(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ModelFormatError, match="damaged"):
        custom_ops(write(tmp_path, tiny_tflite.build(scale=scale)))


def test_children_shared_by_many_parents_are_walked_once(tmp_path: Path) -> None:
    """20,000 times the same subgraph with 20,000 times the same tensor: 160 kB, 400 million paths."""
    builder = flatbuffers.Builder(1 << 20)
    tensor = tiny_tflite.table(builder, 1, {}, {0: tiny_tflite.ints(builder, [1])})
    subgraph = tiny_tflite.table(builder, 1, {}, {0: tiny_tflite.tables(builder, [tensor] * 20_000)})
    model = tiny_tflite.table(builder, 3, {}, {2: tiny_tflite.tables(builder, [subgraph] * 20_000)})
    builder.Finish(model, b"TFL3")

    assert custom_ops(write(tmp_path, bytes(builder.Output()))) == frozenset()
