"""How fast and how right this board is: the self-test and what it measures with."""
