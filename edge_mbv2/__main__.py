"""``python -m edge_mbv2`` is ``edge-mbv2``."""

from edge_mbv2.cli import main

main()
