"""From objects to messages about them: pure functions of (state, tracks, time)."""
