"""Fuses convolution -> depthwise -> 1x1 convolution -> residual sum into one striped operator."""

from __future__ import annotations

from edge_mbv2.engine.ir import Add, Conv2D, DepthwiseConv2D, Graph, InvertedResidual, Op, Patch


def fuse_inverted_residual(graph: Graph) -> Patch | None:
    """Return the patch that fuses the first depthwise convolution still on its own, or None.

    A stage joins only if nothing else reads what lies between, so a block whose expansion is
    tapped keeps its expand outside.

    Source: MobileNetV2 (arXiv:1801.04381), sections 3.3 and 5.1.
    """
    producers, consumers = graph.producers(), graph.consumers()
    for position, op in enumerate(graph.ops):
        if isinstance(op, DepthwiseConv2D) and _keeps_channels(graph, op):
            patch = _block(graph, position, op, producers, consumers)
            if patch is not None:
                return patch
    return None


def _keeps_channels(graph: Graph, op: Op) -> bool:
    """Whether the depth multiplier is 1."""
    return graph.tensors[op.inputs[0]].shape[3] == graph.tensors[op.outputs[0]].shape[3]


def _block(
    graph: Graph,
    position: int,
    depthwise: DepthwiseConv2D,
    producers: dict[int, int],
    consumers: dict[int, list[int]],
) -> Patch | None:
    expand_at = producers.get(depthwise.inputs[0])
    expand = None if expand_at is None else graph.ops[expand_at]
    if not isinstance(expand, Conv2D) or graph.only_reader(depthwise.inputs[0], consumers) is None:
        expand = None
    project_at = graph.only_reader(depthwise.outputs[0], consumers)
    project = None if project_at is None else graph.ops[project_at]
    if not isinstance(project, Conv2D) or not _is_plain_pointwise(graph, project):
        project = None
    if expand is None and project is None:
        return None
    start = (expand or depthwise).inputs[0]
    add_at = None if project is None else graph.only_reader(project.outputs[0], consumers)
    add = None if add_at is None else graph.ops[add_at]
    if not isinstance(add, Add) or not _joins(graph, add, start, (project or depthwise).outputs[0]):
        add = None
    stages = [op for op in (expand, depthwise, project, add) if op is not None]
    places = [(expand, expand_at), (depthwise, position), (project, project_at), (add, add_at)]
    constants = [i for op in stages for i in op.inputs[1:] if graph.tensors[i].data is not None]
    fused = InvertedResidual(
        tuple(dict.fromkeys([start, *constants])),
        stages[-1].outputs,
        expand,
        depthwise,
        project,
        add,
    )
    return Patch(tuple(at for op, at in places if op is not None and at is not None), (fused,))


def _is_plain_pointwise(graph: Graph, op: Conv2D) -> bool:
    size = graph.tensors[op.inputs[1]].shape[1:3]
    return size == (1, 1) and op.window.stride == (1, 1) and not any(op.window.padding)


def _joins(graph: Graph, add: Add, start: int, result: int) -> bool:
    return sorted(add.inputs) == sorted((start, result)) and (
        graph.tensors[start].shape == graph.tensors[result].shape == graph.tensors[add.outputs[0]].shape
    )
