"""The steps by which the shipped weights are made; ``weights/build.py`` runs them."""
