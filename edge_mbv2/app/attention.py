"""From the configuration to what decides where the analysis looks."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from edge_mbv2 import cameras
from edge_mbv2.config.camera import CameraConfig
from edge_mbv2.config.schema import AnalysisConfig, Config
from edge_mbv2.motion import mask
from edge_mbv2.motion.detector import MotionDetector
from edge_mbv2.motion.gate import Gate
from edge_mbv2.pipeline.attention import AttentionByCamera, CameraAttention, Objects, RateCap
from edge_mbv2.pipeline.look import Attention, LookAtTiles, look_at_everything
from edge_mbv2.regions.watch import Watch


def attention(config: Callable[[], Config], objects: Objects | None = None) -> AttentionByCamera:
    """Return what decides where a run looks.

    Args:
        config: returns the run's configuration as it is in force.
        objects: that are followed; None if none are.
    """

    def make(name: str) -> CameraAttention | None:
        camera = config().cameras.get(name)
        return _of_camera(config().analysis, camera, objects) if camera else None

    return AttentionByCamera(make)


def tiling(tiles: str) -> Attention:
    """Return what looks at single pictures, by the value of ``analysis.tiles``."""
    if tiles == "none":
        return look_at_everything
    grid = re.fullmatch(r"(\d+)x(\d+)", tiles)
    return LookAtTiles((int(grid[1]), int(grid[2])) if grid else None)


def _of_camera(config: AnalysisConfig, camera: CameraConfig, objects: Objects | None) -> CameraAttention:
    gated = config.motion_gate
    if gated is None:
        gated = cameras.is_live(camera.source) and not config.every_frame
    ignored = functools.partial(mask.inside, camera.motion_masks) if camera.motion_masks else None
    watch = functools.partial(_watch, config) if config.regions else None
    return CameraAttention(
        cap=RateCap(config.framerate) if config.framerate else None,
        motion=MotionDetector(ignored) if gated or watch else None,
        gate=Gate(config.look_every_s) if gated else None,
        watch=watch,
        objects=objects,
    )


def _watch(config: AnalysisConfig, least_px: int) -> Watch:
    return Watch(limit=config.max_regions, whole_every=config.whole_every, least_px=least_px)
