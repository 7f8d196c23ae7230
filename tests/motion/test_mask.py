"""Polygons become pixels."""

from edge_mbv2.motion.mask import inside


def test_half_a_picture() -> None:
    marked = inside([[(0, 0), (0.5, 0), (0.5, 1), (0, 1)]], 90, 160)
    assert marked.shape == (90, 160)
    assert marked[:, :79].all()
    assert not marked[:, 81:].any()


def test_several_and_none() -> None:
    corner = [(0.9, 0.9), (1, 0.9), (1, 1), (0.9, 1)]
    marked = inside([[(0, 0), (0.1, 0), (0, 0.1)], corner], 90, 160)
    assert marked[0, 0]
    assert marked[89, 159]
    assert not marked[45, 80]
    assert not inside([], 90, 160).any()
