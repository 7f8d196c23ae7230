"""A camera, a small board, and a quantized MobileNetV2-SSDLite that finds things."""

__version__ = "0.1.0"
