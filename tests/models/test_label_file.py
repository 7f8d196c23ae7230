"""Label files: the formats that go around, and what is refused."""

from pathlib import Path

import pytest

from edge_mbv2.errors import LabelsError
from edge_mbv2.models import label_file


def write(folder: Path, data: bytes) -> Path:
    path = folder / "labels.txt"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "labels"),
    [
        (b"person\ncat\n", ("person", "cat")),
        (b"person\r\ncat", ("person", "cat")),
        (b"\xef\xbb\xbfperson\ncat\n\n\n", ("person", "cat")),
        (b"  tench, Tinca tinca \nMensch\n", ("tench, Tinca tinca", "Mensch")),
        (b"???\nperson\ncat\n", ("person", "cat")),
        (b"background\nperson\ncat\n", ("person", "cat")),
        (b"0 person\n1 cat\n", ("person", "cat")),
        (b"0  person\n1  traffic light\n", ("person", "traffic light")),
        (b"1: cat\n0: person\n", ("person", "cat")),
        (b"0,person\n1,cat\n", ("person", "cat")),
        (b"1 cat\n", ("class 0", "cat")),
        (b"0 background\n1 person\n2 cat\n", ("person", "cat")),
        (b"3 wheels\nperson\n", ("3 wheels", "person")),
    ],
)
def test_formats(tmp_path: Path, data: bytes, labels: tuple[str, ...]) -> None:
    assert label_file.read(write(tmp_path, data), 2) == labels


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"person\n", "1 labels; the model has 2 classes"),
        (b"a\nb\nc\n", "3 labels; the model has 2 classes"),
        (b"0 a\n5 b\n", "6 labels; the model has 2 classes"),
        (b"0 a\n0 b\n", r"labels\.txt:2: index 0 stands twice \(a, b\)"),
        (b"person\n\ncat\n", r"labels\.txt:2: an empty line"),
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xff\xd8\xff\xe0", "not UTF-8 text"),
        (b"per\0son\ncat", "not a label file"),
        (b"a\n" * (1 << 20), "not a label file"),
    ],
)
def test_refusals(tmp_path: Path, data: bytes, told: str) -> None:
    with pytest.raises(LabelsError, match=told):
        label_file.read(write(tmp_path, data), 2)


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match="No such file or directory; expected a label file"):
        label_file.read(tmp_path / "absent.txt", 2)
    with pytest.raises(LabelsError, match="directory"):
        label_file.read(tmp_path, 2)


def test_public_label_files(shared: Path) -> None:
    models = shared / "models"

    assert label_file.read(models / "oidv4_labels.txt", 23)[:2] == ("Bicycle", "Boot")
    assert label_file.read(models / "imagenet_labels.txt", 1001)[1] == "tench, Tinca tinca"
