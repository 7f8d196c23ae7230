"""Cache sizes: the largest that holds data, whatever the kernel tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_mbv2.engine.caches import largest_cache_bytes


def write(caches: Path, *described: tuple[str, str]) -> None:
    for number, (kind, size) in enumerate(described):
        (caches / f"index{number}").mkdir(parents=True)
        (caches / f"index{number}" / "type").write_text(f"{kind}\n")
        (caches / f"index{number}" / "size").write_text(f"{size}\n")


def test_the_largest_cache_for_data_counts(tmp_path: Path) -> None:
    write(tmp_path, ("Data", "32K"), ("Instruction", "4096K"), ("Unified", "512K"), ("Unified", "2048K"))
    assert largest_cache_bytes(tmp_path) == 2 << 20


@pytest.mark.parametrize("size", ["", "unknown", "-1K", "12"])
def test_a_size_that_says_nothing_is_passed_over(tmp_path: Path, size: str) -> None:
    write(tmp_path, ("Unified", size))
    assert largest_cache_bytes(tmp_path) == 1 << 20


def test_a_kernel_that_says_nothing_is_a_small_board(tmp_path: Path) -> None:
    (tmp_path / "index0").mkdir()
    assert largest_cache_bytes(tmp_path) == largest_cache_bytes(tmp_path / "none") == 1 << 20
