"""What a recording tells of its run: the configuration and the model, and no password."""

from pathlib import Path

from fakes.recordings import noisy

from edge_mbv2.app.analyser import Analyser
from edge_mbv2.app.recording import recorder
from edge_mbv2.clock import MediaClock
from edge_mbv2.config.schema import Config
from edge_mbv2.pipeline import recording
from edge_mbv2.sinks.records import Records


def test_the_header_of_a_run(tmp_path: Path) -> None:
    config = Config.model_validate(
        {
            "cameras": {
                "front": {"source": "rtsp://admin:hunter2@10.0.0.5/stream"},
                "yard": {"source": "http://10.0.0.6/video?user=admin&pwd=hunter2"},
            },
            "record": {"folder": tmp_path},
        }
    )
    analyser = Analyser(config.model)
    records = Records(MediaClock(), model="person", engine=lambda: "litert")
    sink = recorder(config, analyser, records.record, MediaClock())
    assert sink is not None
    sink.open()
    sink.publish(noisy(0))
    sink.close()
    header = recording.load(tmp_path).header
    assert header["model"] == {
        "name": "ssdlite_mobilenet_v2_person",
        "sha256": analyser.model.manifest.sha256,
    }
    assert header["configuration"]["model"]["engine"] == "auto"
    assert header["configuration"]["cameras"]["front"]["source"] == "rtsp://***@10.0.0.5/stream"
    assert not any(b"hunter2" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_nothing_is_recorded_unasked() -> None:
    config = Config()
    assert recorder(config, Analyser(config.model), lambda result: {}, MediaClock()) is None
