"""``edge-mbv2 replay``: analyse a recording again, exactly."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge_mbv2.cli import options as opt
from edge_mbv2.cli.output import say
from edge_mbv2.errors import EdgeError, UsageError

if TYPE_CHECKING:
    from edge_mbv2.cli.signals import StopSignals
    from edge_mbv2.config.schema import Config
    from edge_mbv2.pipeline.recording import Recording


@click.command()
@click.argument("folder", metavar="DIR", type=opt.PATH)
@opt.model_options
@click.option(
    "--diff",
    nargs=2,
    metavar="A B",
    help="Compare two engines frame by frame; `recorded` stands for what the run found.",
)
@opt.option("--json/--no-json", help="JSON Lines on standard output.")
@opt.option("--output", type=opt.PATH, help="Append JSON Lines to this file.")
@opt.save_tracks_option
@opt.log_options
def replay(folder: Path, diff: tuple[str, str] | None, **options: Any) -> None:
    """Analyse what `run --record` kept again: the same frames, in their order, at their times.

    DIR is the folder that was recorded into, whose last run is taken, or that of one run in it. Model,
    threshold and engine are the run's unless given; zones, lines and whatever else is watched for are the
    run's. The digest at the end, of all records and events, is the same wherever the same is found; it leaves
    out the engine's name. With --diff the exit code is 1 when any frame differs.
    """
    from edge_mbv2.cli.signals import StopSignals

    with StopSignals() as signals:
        from edge_mbv2.cli import log
        from edge_mbv2.pipeline import recording

        if diff and (options["engine"] or options["output"] or options["save_tracks"]):
            raise UsageError(
                "--diff names the engines and writes nothing; leave out --engine, --output and --save-tracks"
            )
        loaded = recording.load(folder)
        settings = opt.configuration(None, options, {"logging.level": "warning", **_model_of(loaded)})
        log.configure(settings.logging)
        other_model = options["model"] is not None
        if diff:
            _compare(settings, loaded, diff, other_model, signals)
        else:
            _replay(settings, loaded, other_model, signals, _to_compare(options))


def _replay(
    settings: Config, loaded: Recording, other_model: bool, signals: StopSignals, to_compare: str
) -> None:
    from edge_mbv2.app.replay import Digest, Replay, findings

    digest, found = Digest(), iter(loaded.frames)
    differing = 0
    bar = _progress(len(loaded.frames))

    def take(record: Mapping[str, Any]) -> None:
        nonlocal differing
        digest.add(record)
        if record["type"] == "detections":
            differing += findings(record) != findings(next(found).record)
            bar.update(1)

    joined = Replay(settings, loaded, other_model=other_model, on_record=take)
    signals.call(joined.request_stop)
    joined.run()
    bar.render_finish()
    if digest.frames < len(loaded.frames):
        click.echo(f"edge-mbv2: stopped after {digest.frames} of {len(loaded.frames)} frames", err=True)
    elif settings.output.stdout:
        summary = {"frames": digest.frames, "differing": differing, "sha256": digest.text()}
        say(json.dumps({"schema": 1, "type": "replay", **summary}, separators=(",", ":")))
    else:
        say(_summary(loaded))
        same = f"{differing} frames differ from" if differing else "every frame gives"
        say(f"{same} the detections of the run" + (f", see {to_compare}" if differing else ""))
        say(f"sha256 {digest.text()}")


def _compare(
    settings: Config, loaded: Recording, engines: tuple[str, str], other_model: bool, signals: StopSignals
) -> None:
    from edge_mbv2.app.comparison import Comparison

    as_json = settings.output.stdout
    quiet = settings.model_copy(update={"output": settings.output.model_copy(update={"stdout": False})})
    bar = _progress(sum(len(loaded.frames) for engine in engines if engine != "recorded"))

    def tell(first: Mapping[str, Any], second: Mapping[str, Any]) -> None:
        say(_difference_json(first, second) if as_json else _difference(first, second, engines))

    comparison = Comparison(quiet, loaded, engines, other_model=other_model, on_difference=tell)
    signals.call(comparison.request_stop)
    comparison.run()
    bar.render_finish()
    compared, differing = comparison.compared, comparison.differing
    if compared < len(loaded.frames):
        click.echo(f"edge-mbv2: stopped after {compared} of {len(loaded.frames)} frames", err=True)
    if as_json:
        summary = {"frames": compared, "differing": differing}
        say(json.dumps({"schema": 1, "type": "comparison", **summary}, separators=(",", ":")))
    elif not differing:
        say(f"{engines[0]} and {engines[1]} find the same in all {compared} frames")
    if differing:
        raise EdgeError(f"{engines[0]} and {engines[1]} differ in {differing} of {compared} frames")


def _to_compare(options: Mapping[str, Any]) -> str:
    """Return the options that show frame by frame what these give in place of what the run found."""
    given = {name: options[name] for name in ("model", "threshold", "labels") if options[name] is not None}
    others = "".join(f" --{name} {value}" for name, value in given.items())
    return f"--diff recorded {options['engine'] or 'auto'}{others}"


def _model_of(loaded: Recording) -> dict[str, Any]:
    """Return the settings of the recorded run's model that do not belong to its machine."""
    model = loaded.header["configuration"].get("model")
    model = model if isinstance(model, dict) else {}
    kept = {key: model.get(key) for key in ("name", "labels", "threshold", "engine")}
    return {f"model.{key}": value for key, value in kept.items() if value is not None}


def _summary(loaded: Recording) -> str:
    frames = loaded.frames
    span_s = frames[-1].record["time"] - frames[0].record["time"]
    return f"{len(frames)} frames of {', '.join(loaded.cameras)} over {span_s:.1f} s, {loaded.folder}"


def _difference(first: Mapping[str, Any], second: Mapping[str, Any], engines: tuple[str, str]) -> str:
    sides = (f"{engine}: {_found(side)}" for engine, side in zip(engines, (first, second), strict=True))
    return f"{first['camera']} frame {first['frame']}: {' | '.join(sides)}"


def _found(record: Mapping[str, Any]) -> str:
    words = (f"{each['label']} {each['score']} {each['box']}" for each in record["detections"])
    return ", ".join(words) or "nothing"


def _difference_json(first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    where = {key: first[key] for key in ("camera", "frame", "time")}
    sides = {
        name: {key: side.get(key) for key in ("model", "engine", "detections")}
        for name, side in (("a", first), ("b", second))
    }
    return json.dumps({"schema": 1, "type": "difference", **where, **sides}, separators=(",", ":"))


def _progress(frames: int) -> Any:
    shown = sys.stderr is not None and sys.stderr.isatty()
    bar: Any = click.progressbar(length=frames, label="Replaying", file=sys.stderr, hidden=not shown)
    bar.render_progress()
    return bar
