"""Cases of record_torch_losses.py: their inputs as tensors, and the comparison of values and gradients."""

import json
from pathlib import Path

import numpy as np

import autograd_cnn as ag
from autograd_cnn import nn

ANSWERS = np.load(Path(__file__).with_name("torch_losses.npz"))
INDEX = json.loads(ANSWERS["index"].item())

THROUGH = {
    None: lambda x: x,
    "log_softmax": lambda x: nn.functional.log_softmax(x, -1),
    "softmax": lambda x: nn.functional.softmax(x, -1),
    "sigmoid": nn.functional.sigmoid,
    "exp": np.exp,
}
TOLERANCE = {"float64": 1e-9, "float32": 1e-5}


def identify(case):
    return f"{case['name']}-{'-'.join(map(str, case['arguments'].values()))}"


def arguments(case, dtype):
    given = {k: tuple(v) if isinstance(v, list) else v for k, v in case["arguments"].items()}
    return {k: ag.tensor(v, dtype=dtype) if "weight" in k else v for k, v in given.items()}


def make(case, dtype="float64"):
    """The layer, or the function with its arguments."""
    if not case["name"][0].isupper():
        function, given = getattr(nn.functional, case["name"]), arguments(case, dtype)
        return lambda *args, **named: function(*args, **named, **given)
    layer = getattr(nn, case["name"])(**arguments(case, dtype)).to(dtype)
    layer.load_state_dict({key: ANSWERS[name] for key, name in case["state"].items()})
    return layer


def inputs(case, dtype="float64"):
    """The leaves, the function from leaves to what is passed by order and by name, and expected gradients."""
    leaves, gradients = [], []

    def build(record):
        if isinstance(record, list):
            parts = [build(item) for item in record]
            return lambda values: tuple(part(values) for part in parts)
        if "constant" in record:
            given = record["constant"]
            if isinstance(given, list) and np.array(given).dtype.kind == "f":
                given = np.array(given, dtype)
            elif isinstance(given, list) and np.array(given).dtype.kind == "b":
                given = np.array(given)
            return lambda values: given
        place, through = len(leaves), THROUGH[record["through"]]
        leaves.append(ANSWERS[record["array"]].astype(dtype))
        gradients.append(ANSWERS[record["gradient"]])
        return lambda values: through(values[place])

    ordered = build(case["inputs"])
    named = {key: build(record) for key, record in case["named"].items()}
    return (
        leaves,
        lambda values: (ordered(values), {key: one(values) for key, one in named.items()}),
        gradients,
    )


def flat(outputs):
    """The tensors of an answer, which may be tuples of tuples, and contain None."""
    if isinstance(outputs, (tuple, list)):
        return [leaf for output in outputs if output is not None for leaf in flat(output)]
    return [outputs]


def close(ours, expected, dtype):
    assert ours.dtype == dtype
    assert ours.shape == expected.shape
    ours = np.asarray(ours.detach().numpy() if isinstance(ours, ag.Tensor) else ours)
    tolerance = TOLERANCE[dtype]
    largest = float(np.max(abs(expected[np.isfinite(expected)]), initial=0))
    np.testing.assert_allclose(ours, expected, rtol=tolerance, atol=tolerance * largest)


def check_against_torch(case, dtype):
    """Outputs, input gradients and parameter gradients."""
    layer = make(case, dtype)
    leaves, passed, gradients = inputs(case, dtype)
    variables = [ag.tensor(leaf, requires_grad=True) for leaf in leaves]
    args, named = passed(variables)
    outputs = flat(layer(*args, **named))
    for output, name in zip(outputs, case["outputs"], strict=True):
        close(output, ANSWERS[name], dtype)
    cotangents = [ANSWERS[name].astype(dtype) for name in case["cotangents"]]
    sum((output * g).sum() for output, g in zip(outputs, cotangents, strict=True)).backward()
    for variable, expected in zip(variables, gradients, strict=True):
        if expected.any() or variable.grad is not None:
            close(variable.grad, expected, dtype)
    for key, parameter in layer.named_parameters() if isinstance(layer, nn.Module) else ():
        close(parameter.grad, ANSWERS[case["gradients"][key]], dtype)


def as_function(case):
    """The case as a function of its leaves and its parameters, in double precision, and their values."""
    layer = make(case)
    leaves, passed, _ = inputs(case)
    entries = []
    for _, module in layer.named_modules() if isinstance(layer, nn.Module) else ():
        entries += [(module, name, p) for name, p in module.named_parameters(recurse=False)]

    def function(*values):
        for (module, name, _), given in zip(entries, values[len(leaves) :], strict=True):
            vars(module)[name] = given
        args, named = passed(values[: len(leaves)])
        return flat(layer(*args, **named))

    return function, [*leaves, *(parameter.detach() for _, _, parameter in entries)]
