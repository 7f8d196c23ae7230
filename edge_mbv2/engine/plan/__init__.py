"""From a graph to memory and calls."""

from edge_mbv2.engine.plan.arena import Slot
from edge_mbv2.engine.plan.plan import Limits, Plan, Stage, make_plan

__all__ = ["Limits", "Plan", "Slot", "Stage", "make_plan"]
