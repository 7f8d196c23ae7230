"""Every exception the product raises on purpose, each with its exit code.

::

    EdgeError                      1  a failure with a message fit for a person
    ├── UsageError                 2  an option or argument is wrong
    ├── OutputClosed               0  whoever read the output has gone away, as ``head`` does
    ├── ConfigError                3  the configuration is wrong
    ├── InputError                 4  a picture, a video or a camera is wrong
    │   ├── CameraError            4  a camera is absent, busy, or delivers nothing usable
    │   └── MediaError             4  a picture or video file can't be read or encoded
    ├── ModelError                 5  a model, its manifest, its labels or the engine is wrong
    │   ├── ManifestError          5  the manifest is missing, malformed or disagrees with its model
    │   ├── ModelFormatError       5  the file is not a usable ``.tflite``
    │   ├── LabelsError            5  the label file is missing or does not fit the model
    │   └── EngineError            5  the engine is not installed, refuses the model, or failed
    │       └── UnsupportedOpError 5  the model needs operators that the engine does not have
    └── SelftestError              6  the self-test failed, or was stopped before its end

A message names the thing, its value, what was expected and the next step. Vendor errors are
translated at the adapter (``raise ... from exc``), so nothing above it knows the vendor.
"""


class EdgeError(Exception):
    """Base of all the product's errors.

    Attributes:
        exit_code: what the command line exits with when this error ends it.
    """

    exit_code = 1


class UsageError(EdgeError):
    """An option or argument is wrong."""

    exit_code = 2


class OutputClosed(EdgeError):
    """Whoever read the output has gone away; the run ends, and nothing is wrong."""

    exit_code = 0


class ConfigError(EdgeError):
    """The configuration file or an environment variable is wrong."""

    exit_code = 3


class InputError(EdgeError):
    """Whatever should deliver or take pictures is wrong."""

    exit_code = 4


class CameraError(InputError):
    """A camera is absent, busy, or delivers nothing usable."""


class MediaError(InputError):
    """A picture or video file can't be read or encoded."""


class ModelError(EdgeError):
    """A model or something it needs is wrong."""

    exit_code = 5


class ManifestError(ModelError):
    """A manifest is missing, malformed or disagrees with its model."""


class ModelFormatError(ModelError):
    """A file is not a ``.tflite`` model that can be used."""


class LabelsError(ModelError):
    """A label file is missing, unreadable or does not fit its model."""


class EngineError(ModelError):
    """An inference engine is not installed, refuses the model, or failed."""


class UnsupportedOpError(EngineError):
    """A model needs operators, or forms of them, that the engine does not have."""


class SelftestError(EdgeError):
    """The self-test failed (a line for each thing that is wrong), or was stopped before its end."""

    exit_code = 6
