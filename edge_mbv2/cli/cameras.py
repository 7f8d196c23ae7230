"""``edge-mbv2 cameras``: what is there to look through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edge_mbv2.cli.output import say

if TYPE_CHECKING:
    from edge_mbv2.cameras import CameraInfo


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON array on standard output.")
def cameras(as_json: bool) -> None:
    """List the cameras that `run --camera` can open."""
    import json
    from dataclasses import asdict

    from edge_mbv2.cameras import discover

    found = discover()
    if as_json:
        say(json.dumps([asdict(camera) for camera in found], indent=2))
        return
    for camera in found:
        _tell(camera)


def _tell(camera: CameraInfo) -> None:
    problem = f" - {camera.problem}" if camera.problem else ""
    say(f"{camera.source}  {camera.description}{problem}")
    if camera.stable_source:
        say(f"    always the same one: --camera {camera.stable_source}")
    for mode in camera.modes:
        say(f"    {mode}")
