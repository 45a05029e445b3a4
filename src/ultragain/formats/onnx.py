"""ONNX: a network as a graph of operators, for onnxruntime and whatever else runs those.

Source: the operators' definitions, version 17 (onnx.ai/onnx/operators). Audio goes in and comes out as (1, samples, 1).
An LSTM takes its state as two more inputs, zeros at first, and returns it: so audio can be played in pieces. A WaveNet
hears zeros before the first sample; for pieces give it the samples before them, too.
"""

import json

import numpy as np

from ultragain.engine.wavenet.layout import DILATIONS, KERNELS, SLOPE
from ultragain.formats.network import LSTM

OPSET, IR = 17, 8


def to_onnx(network):
    """A network as the content of an `.onnx` file, bytes."""
    from onnx import checker, helper

    graph = _lstm(network.weights) if network.kind == LSTM else _wavenet(network.weights)
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR, producer_name="UltraGain"
    )
    told = {key: value if isinstance(value, str) else json.dumps(value) for key, value in network.told.items()}
    helper.set_model_props(model, told)
    checker.check_model(model, full_check=True)
    return model.SerializeToString()


def _constant(name, value):
    from onnx import numpy_helper

    return numpy_helper.from_array(np.ascontiguousarray(value), name)


def _floats(name, shape):
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _lstm(weights):
    """Audio as a sequence of one batch: time first, as the operator has it; its gates are i, o, f, c."""
    from onnx import helper

    kernel, recurrent, bias, dense, constant = weights
    units = len(recurrent)

    def gates(columns):
        enter, keep, cell, leave = np.split(columns, 4, axis=-1)
        return np.concatenate([enter, leave, keep, cell], axis=-1)

    constants = {
        "kernel": gates(kernel).T[None],
        "recurrent": gates(recurrent).T[None],
        "bias": np.concatenate([gates(bias), np.zeros_like(bias)])[None],
        "dense": dense,
        "constant": constant,
        "directions": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Transpose", ["dry"], ["sequence"], perm=[1, 0, 2]),
        helper.make_node(
            "LSTM",
            ["sequence", "kernel", "recurrent", "bias", "", "state", "cell"],
            ["outputs", "last_state", "last_cell"],
            hidden_size=units,
        ),
        helper.make_node("Squeeze", ["outputs", "directions"], ["heard"]),
        helper.make_node("MatMul", ["heard", "dense"], ["sum"]),
        helper.make_node("Add", ["sum", "constant"], ["late"]),
        helper.make_node("Transpose", ["late"], ["wet"], perm=[1, 0, 2]),
    ]
    state = [_floats("state", [1, 1, units]), _floats("cell", [1, 1, units])]
    last = [_floats("last_state", [1, 1, units]), _floats("last_cell", [1, 1, units])]
    return _graph(nodes, state, last, constants)


def _wavenet(weights):
    """Layers as convolutions in time, which ONNX has last; padded with zeros at the beginning."""
    from onnx import helper

    rechannel, *layers, head, constant = weights
    constants = {"rechannel": _kernel(rechannel)}
    nodes = [
        helper.make_node("Transpose", ["dry"], ["audio"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["audio", "rechannel"], ["x0"]),
    ]
    for number, (taps, dilation) in enumerate(zip(KERNELS, DILATIONS, strict=True)):
        conv, bias, mixin, *one = layers[5 * number : 5 * number + 5]
        names = [f"{name}{number}" for name in ("conv", "bias", "mixin")]
        constants |= dict(zip(names, (_kernel(conv), bias, _kernel(mixin)), strict=True))
        nodes += [
            helper.make_node(
                "Conv",
                [f"x{number}", *names[:2]],
                [f"z{number}"],
                dilations=[dilation],
                pads=[(taps - 1) * dilation, 0],
            ),
            helper.make_node("Conv", ["audio", names[2]], [f"m{number}"]),
            helper.make_node("Add", [f"z{number}", f"m{number}"], [f"s{number}"]),
            helper.make_node("LeakyRelu", [f"s{number}"], [f"a{number}"], alpha=SLOPE),
        ]
        if one:
            constants |= {f"one{number}": _kernel(one[0]), f"add{number}": one[1]}
            nodes += [
                helper.make_node("Conv", [f"a{number}", f"one{number}", f"add{number}"], [f"o{number}"]),
                helper.make_node("Add", [f"x{number}", f"o{number}"], [f"x{number + 1}"]),
            ]
    constants |= {"head": _kernel(head), "constant": constant}
    nodes += [
        helper.make_node("Sum", [f"a{number}" for number in range(len(KERNELS))], ["heard"]),
        helper.make_node("Conv", ["heard", "head", "constant"], ["late"], pads=[len(head) - 1, 0]),
        helper.make_node("Transpose", ["late"], ["wet"], perm=[0, 2, 1]),
    ]
    return _graph(nodes, [], [], constants)


def _kernel(kernel):
    """Keras's (taps, inputs, outputs) as ONNX's (outputs, inputs, taps)."""
    return np.transpose(kernel, (2, 1, 0))


def _graph(nodes, inputs, outputs, constants):
    from onnx import helper

    return helper.make_graph(
        nodes,
        "ultragain",
        [_floats("dry", [1, "samples", 1]), *inputs],
        [_floats("wet", [1, "samples", 1]), *outputs],
        [_constant(name, np.asarray(value)) for name, value in constants.items()],
    )
