"""What moves in a camera's pictures, and which of them are worth an inference."""
