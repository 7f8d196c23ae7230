"""What networks cost: multiply-adds, parameters, memory."""

from edge_mbv2.accounting.graph import ArenaEntry, OpCount, arena_map, count_ops

__all__ = ["ArenaEntry", "OpCount", "arena_map", "count_ops"]
