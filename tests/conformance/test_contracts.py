"""The other roundings: the engine's and the reference's own implementations agree."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", exc_type=ImportError)

from conformance.cases import simple_cases, weighted_case

from edge_mbv2 import engine
from edge_mbv2.engine import Contract, reference
from edge_mbv2.engine.tflite import read_graph


@pytest.mark.parametrize("contract", list(Contract))
def test_engine_and_reference_agree(contract: Contract) -> None:
    for seed in range(80):
        case = weighted_case(seed)
        graph = read_graph(case.data)
        if not graph.tensors[graph.inputs[0]].is_quantized:
            continue
        values = case.values()
        want = reference.run(graph, values, contract)[graph.outputs[0]]
        (got,) = engine.load(case.data, contract=contract).run(*values)
        np.testing.assert_array_equal(got, want, err_msg=case.name)


def test_softmax_on_arm_agrees_with_its_reference() -> None:
    for case in (case for dtype in ("int8", "uint8") for case in simple_cases(dtype)):
        if case.name.startswith("softmax"):
            graph, values = read_graph(case.data), case.values()
            want = reference.run(graph, values, Contract.XNNPACK_RNDNU)[graph.outputs[0]]
            (got,) = engine.load(case.data, contract=Contract.XNNPACK_RNDNU).run(*values)
            np.testing.assert_array_equal(got, want, err_msg=case.name)


def test_the_machine_decides_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    by_type = {}
    for seed in range(40):
        graph = read_graph(weighted_case(seed).data)
        by_type[graph.tensors[graph.inputs[0]].dtype.name] = graph
    softmax = read_graph(next(case.data for case in simple_cases("int8") if case.name.startswith("softmax")))
    for machine, differing in (("x86_64", Contract.XNNPACK_FP32), ("aarch64", Contract.XNNPACK_RNDNU)):
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        assert engine.machine_contract(by_type["uint8"]) is differing
        assert engine.machine_contract(softmax) is differing
        assert engine.machine_contract(by_type["int8"]) is Contract.XNNPACK_FP32
