"""Which object of one frame is which of the next: pure functions of (state, detections, time)."""
