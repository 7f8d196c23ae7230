"""Video files, whole and broken."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fakes.camera_contract import make, take
from fakes.media import damaged_demo, marked_picture, turn_video, write_video

from edge_mbv2 import resources
from edge_mbv2.errors import CameraError, MediaError

MS = 1_000_000


def numbered(n: int) -> np.ndarray:
    return np.full((48, 64, 3), 20 + 15 * n, np.uint8)


def number(image: np.ndarray) -> int:
    return round((float(image.mean()) - 20) / 15)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Ten frames at 10 fps, each of which tells its number."""
    path = tmp_path / "clip.mp4"
    write_video(path, (numbered(n) for n in range(10)))
    return path


def play(path: Path, **settings: object) -> list[tuple[int, int]]:
    """Return number and time in ms of each frame."""
    camera = make(f"file:{path}", **{"loop": False} | settings)
    camera.open()
    frames = []
    while (frame := camera.read()) is not None:
        frames.append((number(frame.image), frame.timestamp_ns // MS))
    camera.close()
    return frames


def test_every_frame_comes_once_at_the_containers_time(clip: Path) -> None:
    assert play(clip) == [(n, 100 * n) for n in range(10)]


def test_a_repeated_video_goes_on_in_time(clip: Path) -> None:
    frames = take(f"file:{clip}", 23)
    assert [number(frame.image) for frame in frames] == [n % 10 for n in range(23)]
    assert [frame.timestamp_ns // MS for frame in frames] == [100 * n for n in range(23)]
    assert {frame.file for frame in frames} == {str(clip)}


@pytest.mark.parametrize(
    ("framerate", "kept"),
    [
        (10.0, range(10)),
        (30.0, range(10)),
        (5.0, range(0, 10, 2)),
        (1.0, (0,)),
        (4.0, (0, 3, 5, 8)),
    ],
)
def test_framerate_drops_frames_and_repeats_none(framerate: float, kept: object, clip: Path) -> None:
    assert [n for n, _ in play(clip, framerate=framerate)] == list(kept)


def test_framerate_holds_across_the_repetition(clip: Path) -> None:
    frames = take(f"file:{clip}", 6, framerate=2.5)
    assert [number(frame.image) for frame in frames] == [0, 4, 8, 2, 6, 0]


def test_frames_without_times_are_an_interval_apart(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_video(path, (numbered(n) for n in range(4)), framerate=20)
    # An elementary stream has pictures and nothing else.
    data = path.read_bytes()
    start = data.index(b"mdat") + 4
    raw = tmp_path / "clip.m4v"
    raw.write_bytes(_decoder_configuration(data) + data[start : start + 40000])
    times = [time for _, time in play(raw)]
    assert len(times) >= 4
    interval = times[1]
    assert interval > 0
    assert all(abs(time - n * interval) <= n for n, time in enumerate(times))


def _decoder_configuration(data: bytes) -> bytes:
    """Return the MPEG-4 headers that an MP4 keeps apart from its pictures."""
    position = data.index(b"\x00\x00\x01\xb0", data.index(b"esds"))
    return data[position : data.index(b"\x06\x80\x80\x80\x01", position)]


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_phones_video_is_shown_upright(rotation: int, tmp_path: Path) -> None:
    path = tmp_path / "phone.mp4"
    write_video(path, [marked_picture(80, 64)] * 2)
    (plain,) = take(f"file:{path}", 1)
    turn_video(path, rotation)
    camera = make(f"file:{path}")
    camera.open()
    turned = camera.read()
    assert turned is not None
    assert np.array_equal(turned.image, np.rot90(plain.image, -rotation // 90))
    height, width = turned.image.shape[:2]
    assert f"{width}x{height}" in camera.description
    camera.close()


def test_sizes_and_turns_are_honoured(clip: Path) -> None:
    (frame,) = take(f"file:{clip}", 1, width=32, rotation=90)
    assert frame.image.shape == (32, 24, 3)


@pytest.mark.parametrize(
    ("name", "fourcc"),
    [
        ("clip.mp4", "mp4v"),
        ("clip.avi", "MJPG"),
        ("clip.avi", "XVID"),
        ("clip.mkv", "MJPG"),
        ("clip.mkv", "mp4v"),
        ("clip.webm", "VP80"),
        ("clip.ts", "mp4v"),
        ("clip.mjpeg", "MJPG"),
    ],
)
def test_a_whole_video_of_any_container_ends_without_a_word(name: str, fourcc: str, tmp_path: Path) -> None:
    path = tmp_path / name
    write_video(path, (numbered(n) for n in range(10)), fourcc=fourcc)
    if not path.exists() or not path.stat().st_size:
        pytest.skip(f"this OpenCV writes no {fourcc} into {name}")
    assert [n for n, _ in play(path)] == list(range(10))


@pytest.mark.parametrize(
    ("options", "name", "count"),
    [
        (["-c:v", "libx264"], "clip.mp4", 10),
        (["-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov"], "clip.mp4", 10),
        (["-c:v", "libx264"], "clip.ts", 10),
        (["-c:v", "libx264", "-f", "h264"], "clip.h264", 10),
        (["-c:v", "libx264", "-live", "1"], "clip.mkv", 10),
        (["-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "8"], "clip.webm", 10),
        (["-vf", "select='not(mod(n,4))'", "-vsync", "vfr", "-c:v", "libx264"], "clip.mkv", 3),
        (["-f", "lavfi", "-i", "sine=duration=5", "-c:v", "libx264"], "sound-is-longer.mkv", 10),
        (["-f", "lavfi", "-i", "sine=duration=300", "-c:v", "libx264", "-bf", "3"], "sound-goes-on.mp4", 10),
        (["-ss", "0.5", "-c", "copy"], "starts-in-the-middle.mp4", 5),
    ],
)
def test_what_ffmpeg_makes_is_whole(
    options: list[str], name: str, count: int, clip: Path, tmp_path: Path
) -> None:
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("ffmpeg is not installed")
    path = tmp_path / f"made-{name}"
    made = subprocess.run([ffmpeg, "-v", "error", "-i", str(clip), *options, str(path)], capture_output=True)
    if made.returncode:
        pytest.skip(f"this ffmpeg can't make it: {made.stderr.decode()}")
    assert len(play(path)) == count


def test_damage_is_told_after_the_frames_before_it(tmp_path: Path) -> None:
    path = tmp_path / "damaged.mp4"
    path.write_bytes(damaged_demo())
    camera = make(f"file:{path}", loop=False)
    camera.open()
    assert None not in [camera.read() for _ in range(40)]
    with pytest.raises(MediaError) as caught:
        camera.read()
    assert str(caught.value) == f"{path} is damaged after frame 40 of 240"
    assert camera.read() is None
    camera.close()


def test_the_demo_clip_is_whole() -> None:
    camera = make("demo", loop=False)
    camera.open()
    assert camera.description == "demo, 640x480, 10 fps"
    frames = 0
    while (frame := camera.read()) is not None:
        assert (frame.timestamp_ns, frame.file) == (frames * 100 * MS, "demo")
        frames += 1
    camera.close()
    assert frames == 240


def written(path: Path, fourcc: str) -> bytes:
    write_video(path, (numbered(n) for n in range(10)), fourcc=fourcc)
    return path.read_bytes()


def broken_files(folder: Path, clip: Path) -> dict[str, str]:
    """Write files that are no whole videos; return what is to be said about each."""
    data = clip.read_bytes()
    demo = resources.path("demo/demo.mp4").read_bytes()
    contents = {
        "empty.mp4": (b"", "is empty"),
        "text.mp4": (b"hello world\n" * 100, "can't be decoded"),
        "noise.mp4": (np.random.default_rng(0).bytes(50_000), "can't be decoded"),
        "cut-index.mp4": (data[: data.index(b"moov") + 100], "cut off"),
        "no-index.mp4": (data[: data.index(b"moov") - 4], "no index"),
        "cut-start.mp4": (data[:20], "no index"),
        "cut-pictures.mp4": (demo[:900_000], "cut off after 900000 of 1960"),
        "zeros.mp4": (b"\0\0\0\x08ftyp" + bytes(100), "no index"),
        "picture.avi": (b"RIFF\x08\0\0\0AVI LIST", "can't be decoded"),
        "cut.avi": (written(folder / "whole.avi", "MJPG")[:-100], "cut off"),
        "cut.mkv": (written(folder / "whole.mkv", "MJPG")[:-100], "cut off"),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    return {name: message for name, (_, message) in contents.items()}


def test_what_is_no_whole_video_is_refused_by_name(tmp_path: Path, clip: Path) -> None:
    for name, message in broken_files(tmp_path, clip).items():
        camera = make(f"file:{tmp_path / name}")
        with pytest.raises(MediaError, match=message) as caught:
            camera.open()
        assert name in str(caught.value)
        camera.close()


def test_nothing_but_the_error_is_said(tmp_path: Path, clip: Path) -> None:
    """FFmpeg and OpenCV write to the process's standard error, past Python: ask a process of its own."""
    names = list(broken_files(tmp_path, clip))
    damaged = bytearray(resources.path("demo/demo.mp4").read_bytes())
    damaged[300_000:300_400] = np.random.default_rng(0).bytes(400)
    (tmp_path / "damaged.mp4").write_bytes(damaged)
    script = """
import sys
from pathlib import Path
from edge_mbv2.cameras import CameraSettings, create
from edge_mbv2.clock import SystemClock
from edge_mbv2.errors import MediaError
for path in sys.argv[1:]:
    camera = create(path, name="front", settings=CameraSettings(realtime=False), clock=SystemClock())
    try:
        camera.open()
        count = 0
        while camera.read() is not None:
            count += 1
        print("whole", count)
    except MediaError as error:
        print(error)
"""
    paths = [str(tmp_path / name) for name in [*names, "damaged.mp4"]]
    ended = subprocess.run(
        [sys.executable, "-c", script, *paths], capture_output=True, text=True, timeout=100
    )
    assert ended.returncode == 0
    assert ended.stderr == ""
    *errors, damaged_line = ended.stdout.splitlines()
    assert len(errors) == len(names)
    assert damaged_line.startswith("whole ")


def test_what_follows_the_pictures_may_be_anything(clip: Path) -> None:
    clip.write_bytes(clip.read_bytes() + b"a trailer of the camera's maker")
    assert len(play(clip)) == 10


def test_absent_videos_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="No such file"):
        make(f"file:{tmp_path / 'absent.mp4'}").open()


def test_a_video_that_is_not_open_says_so(clip: Path) -> None:
    with pytest.raises(CameraError, match="not open"):
        make(f"file:{clip}").read()
