"""From a graph to memory and calls."""

from edge_mbv2.engine.plan.arena import Slot
from edge_mbv2.engine.plan.plan import Limits, Plan, make_plan
from edge_mbv2.engine.plan.schedule import Stage

__all__ = ["Limits", "Plan", "Slot", "Stage", "make_plan"]
