"""Opens a model on every engine of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from edge_mbv2 import inference, models
from edge_mbv2.errors import EdgeError, EngineError
from edge_mbv2.inference.protocol import Backend
from edge_mbv2.measure.report import Tell, Verdict


@contextmanager
def opened(loaded: models.LoadedModel, names: Sequence[str], tell: Tell) -> Iterator[dict[str, Backend]]:
    """Open a model on engines, and close them again.

    Args:
        loaded: the model.
        names: of the engines. One that is asked for alone must be there.
        tell: told of each engine that is left out, and why.

    Returns:
        The engines that take the model, by name.
    """
    backends: dict[str, Backend] = {}
    with ExitStack() as stack:
        for name in names:
            try:
                backend = inference.choose(name, loaded.path).backend
                stack.callback(backend.close)
                loaded.make_detector(backend.input, backend.outputs)
            except EngineError as exc:
                tell(name, None, Verdict(False if len(names) == 1 else None, f"not used: {exc}"))
            except EdgeError as exc:
                tell(name, None, Verdict(False, "; ".join(str(exc).splitlines())))
            else:
                backends[name] = backend
        if len(names) > 1 and not backends:
            tell("engine", None, Verdict(False, "none takes the model"))
        yield backends
