"""Records what PyTorch answers, for the tests of ``nn`` and ``optim``: the tests themselves never import it.

Run ``python tests/record_torch_answers.py`` where torch 2.13 is installed; it writes torch_answers.npz beside
this file. "index" in there is the JSON of all cases; what they call "a17" is the array of that name.
"""

import functools
import json
from pathlib import Path

import numpy as np
import torch
from layer_cases import FUNCTIONS, LAYERS
from torch import nn

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20240)
ARRAYS = {}

# Class, arguments, shape of the input, target ("weight" and "target" as lists).
LOSSES = [
    ("CrossEntropyLoss", {}, (3, 4), [0, 3, 1]),
    ("CrossEntropyLoss", {"reduction": "sum"}, (4,), 2),
    ("CrossEntropyLoss", {"reduction": "none"}, (2, 3, 2), [[0, 2], [1, 1]]),
    ("CrossEntropyLoss", {"weight": [1.0, 2.0, 0.5, 3.0], "label_smoothing": 0.1}, (3, 4), [0, 3, 1]),
    ("CrossEntropyLoss", {"weight": [1.0, 2.0, 0.5]}, (2, 3, 2), [[0, 2], [1, 1]]),
    ("CrossEntropyLoss", {"ignore_index": 3}, (3, 4), [0, 3, 1]),
    ("CrossEntropyLoss", {"ignore_index": 3, "reduction": "none"}, (3, 4), [0, 3, 1]),
    ("CrossEntropyLoss", {"label_smoothing": 0.2}, (3, 4), [0, -100, 1]),
    ("CrossEntropyLoss", {"label_smoothing": 0.2, "reduction": "none"}, (3, 4), [0, -100, 1]),
    (
        "CrossEntropyLoss",
        {"weight": [1.0, 2.0, 0.5], "label_smoothing": 0.3, "ignore_index": 1},
        (2, 3),
        [1, 2],
    ),
    ("CrossEntropyLoss", {"reduction": "sum", "label_smoothing": 0.3}, (2, 3), [1, 2]),
    ("CrossEntropyLoss", {"label_smoothing": 0.1}, (2, 3), [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]),
    ("CrossEntropyLoss", {"weight": [1.0, 2.0], "reduction": "sum"}, (1, 2, 2), [[[0.2, 0.3], [0.8, 0.7]]]),
    ("CrossEntropyLoss", {"reduction": "none"}, (2, 3), [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]),
    ("CrossEntropyLoss", {}, (2, 3), [-100, -100]),
    ("NLLLoss", {}, (3, 4), [0, 3, 1]),
    ("NLLLoss", {"weight": [1.0, 2.0, 0.5, 3.0], "ignore_index": 0}, (3, 4), [0, 3, 1]),
    ("NLLLoss", {"reduction": "none"}, (2, 3, 2), [[0, 2], [1, 1]]),
    ("NLLLoss", {"reduction": "sum"}, (4,), 2),
    ("MSELoss", {}, (2, 3), [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]),
    ("MSELoss", {"reduction": "sum"}, (2,), [1.0, 2.0]),
    ("MSELoss", {"reduction": "none"}, (2,), [1.0, 2.0]),
]

# Class, arguments. Two parameters; the second has no gradient at step 3.
OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.2}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.4}),
    ("Adam", {"lr": 0.1, "amsgrad": True}),
    ("Adam", {"lr": 0.1, "maximize": True}),
    ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True}),
]

# Class, arguments, the optimiser and its arguments, and how many steps.
SCHEDULERS = [
    ("StepLR", {"step_size": 3, "gamma": 0.5}, "SGD", {"lr": 0.8}, 10),
    ("CosineAnnealingLR", {"T_max": 6, "eta_min": 0.01}, "SGD", {"lr": 0.8}, 15),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 20}, "SGD", {"lr": 0.1, "momentum": 0.9}, 20),
    ("OneCycleLR", {"max_lr": 0.1, "epochs": 3, "steps_per_epoch": 4}, "Adam", {"lr": 0.1}, 12),
    (
        "OneCycleLR",
        {
            "max_lr": 1.0,
            "total_steps": 20,
            "three_phase": True,
            "anneal_strategy": "linear",
            "base_momentum": 0.8,
        },
        "SGD",
        {"lr": 0.1, "momentum": 0.9},
        20,
    ),
    (
        "OneCycleLR",
        {
            "max_lr": 0.3,
            "total_steps": 9,
            "pct_start": 0.5,
            "div_factor": 10.0,
            "final_div_factor": 50.0,
            "cycle_momentum": False,
        },
        "SGD",
        {"lr": 0.1},
        9,
    ),
    (
        "OneCycleLR",
        {"max_lr": 0.3, "total_steps": 11, "three_phase": True, "pct_start": 0.4},
        "AdamW",
        {"lr": 0.1},
        11,
    ),
]

INITIAL = [[[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], [1.0, -2.0, 0.5, 3.0]]


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc3(torch.relu(self.fc2(x)))


def keep(array):
    """Put an array into the file, and return its name there."""
    name = f"a{len(ARRAYS)}"
    ARRAYS[name] = np.asarray(array.detach().numpy() if isinstance(array, torch.Tensor) else array)
    return name


def draw(shape):
    return RANDOM.standard_normal(shape).astype(np.float32)


def arguments(given):
    """JSON has no tuples, and a weight is a tensor."""
    made = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return made | {"weight": torch.tensor(given["weight"])} if "weight" in given else made


class Function(nn.Module):
    """A function as a layer without parameters."""

    def __init__(self, name, **given):
        super().__init__()
        self.function = functools.partial(getattr(nn.functional, name), **given)

    def forward(self, *inputs):
        return self.function(*inputs)


def record_layer(name, inputs, given, evaluation, batched):
    layer = getattr(nn, name, functools.partial(Function, name))(**given).double().train(not evaluation)
    with torch.no_grad():
        for entry in [*layer.parameters(), *layer.buffers()]:
            if entry.is_floating_point():  # a running variance is positive
                entry.copy_(
                    torch.from_numpy(abs(draw(entry.shape)) + 0.1 if evaluation else draw(entry.shape))
                )
    state = {key: value.clone() for key, value in layer.state_dict().items()}
    given_inputs = [draw(x) if isinstance(x, tuple) else np.array(x) for x in inputs]
    xs = [torch.tensor(x.astype(np.float64) if x.dtype.kind == "f" else x) for x in given_inputs]
    for x in xs:
        x.requires_grad_(x.is_floating_point())
    made = layer(*(x.clone() for x in xs))  # the clone is for inplace=True
    outputs = made if isinstance(made, tuple) else (made,)
    cotangent = draw(outputs[0].shape)
    outputs[0].backward(torch.from_numpy(cotangent.astype(np.float64)))
    after = layer.state_dict()
    changed = any(not torch.equal(state[key], after[key]) for key in state)
    return {
        "name": name,
        "arguments": given,
        "evaluation": evaluation,
        "batched": batched,
        "repr": repr(layer),
        "inputs": [keep(x) for x in given_inputs],
        "state": {key: keep(single(value)) for key, value in state.items()},
        "state_after": {key: keep(value) for key, value in after.items()} if changed else None,
        "outputs": [keep(y) for y in outputs],
        "cotangent": keep(cotangent),
        "input_gradients": [None if x.grad is None else keep(x.grad) for x in xs],
        "gradients": {key: keep(parameter.grad) for key, parameter in layer.named_parameters()},
    }


def single(value):
    """What was drawn in float32 is kept in float32."""
    return value.float() if value.is_floating_point() else value


def record_loss(name, given, shape, target):
    loss = getattr(nn, name)(**arguments(given))
    x = torch.from_numpy(draw(shape)).requires_grad_()
    y = loss(x, torch.tensor(target))
    cotangent = torch.from_numpy(draw(y.shape))
    y.backward(cotangent)
    return {
        "name": name,
        "arguments": given,
        "repr": repr(loss),
        "input": keep(x),
        "target": target,
        "output": keep(y),
        "cotangent": keep(cotangent),
        "input_gradient": keep(x.grad),
    }


def record_optimizer(name, given, gradients):
    params = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in INITIAL]
    options = arguments(given)
    # Each parameter is a group, the second with a rate of its own.
    groups = [{"params": [params[0]]}, {"params": [params[1]], "lr": 0.02}]
    optimizer = getattr(torch.optim, name)(groups, **options)
    trajectory = []
    for step, both in enumerate(gradients):
        for param, gradient in zip(params, both, strict=True):
            param.grad = torch.from_numpy(gradient)
        if step == 3:
            params[1].grad = None
        optimizer.step()
        trajectory.append(np.concatenate([param.detach().numpy().ravel() for param in params]))
    state = optimizer.state_dict()["state"]
    return {
        "name": name,
        "arguments": given,
        "trajectory": keep(np.array(trajectory)),
        "state": {number: {key: keep(value) for key, value in s.items()} for number, s in state.items()},
    }


def record_scheduler(name, given, optimizer_name, options, steps):
    optimizer = getattr(torch.optim, optimizer_name)([torch.zeros(1, requires_grad=True)], **options)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **given)
    rates, momenta = [], []
    for step in range(steps + 1):
        group = optimizer.param_groups[0]
        rates.append(group["lr"])
        momenta.append(group["betas"][0] if "betas" in group else group["momentum"])
        if step < steps:
            optimizer.step()
            scheduler.step()
    return {
        "name": name,
        "arguments": given,
        "optimizer": optimizer_name,
        "options": options,
        "rates": rates,
        "momenta": momenta,
    }


def record_clipping(norm_type, max_norm, gradients):
    params = [torch.zeros(g.shape, requires_grad=True, dtype=torch.float64) for g in gradients]
    for param, gradient in zip(params, gradients, strict=True):
        param.grad = torch.from_numpy(gradient.copy())
    norm = nn.utils.clip_grad_norm_(params, max_norm, norm_type)
    return {
        "norm_type": norm_type,
        "max_norm": max_norm,
        "norm": norm.item(),
        "gradients": [keep(param.grad) for param in params],
    }


def record_lenet():
    model = LeNet5()
    with torch.no_grad():
        for parameter in model.parameters():
            waves = np.cos(np.arange(parameter.numel())) * (2.0 / parameter[0].numel()) ** 0.5
            parameter.copy_(torch.from_numpy(waves.reshape(parameter.shape)))
    x = torch.from_numpy(draw((3, 1, 28, 28)))
    logits = model(x)
    loss = nn.functional.cross_entropy(logits, torch.tensor([1, 7, 7]))
    loss.backward()
    return {
        "input": keep(x),
        "logits": keep(logits),
        "loss": loss.item(),
        "shapes": {key: list(value.shape) for key, value in model.state_dict().items()},
        "gradient_norms": {key: p.grad.norm().item() for key, p in model.named_parameters()},
        "repr": repr(model),
    }


def main():
    torch.manual_seed(0)
    gradients = [[RANDOM.standard_normal(np.shape(value)) for value in INITIAL] for _ in range(10)]
    clipped = [RANDOM.standard_normal((2, 3)), RANDOM.standard_normal(4)]
    names = ["linear", "conv1d", "conv2d", "conv3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"]
    index = {
        "torch": torch.__version__,
        "layers": [record_layer(**case) for case in LAYERS],
        "functions": [record_layer(**case) for case in FUNCTIONS],
        "losses": [record_loss(*case) for case in LOSSES],
        "initial": INITIAL,
        "optimizer_gradients": [[keep(gradient) for gradient in both] for both in gradients],
        "optimizers": [record_optimizer(*case, gradients) for case in OPTIMIZERS],
        "schedulers": [record_scheduler(*case) for case in SCHEDULERS],
        "clipped": [keep(gradient) for gradient in clipped],
        "clipping": [
            record_clipping(p, limit, clipped)
            for p in (1.0, 2.0, 3.0, float("inf"))
            for limit in (0.5, 100.0)
        ],
        "gains": {name: nn.init.calculate_gain(name) for name in names},
        "lenet": record_lenet(),
    }
    np.savez_compressed(HERE / "torch_answers.npz", index=np.array(json.dumps(index)), **ARRAYS)
    print(f"{len(ARRAYS)} arrays, {(HERE / 'torch_answers.npz').stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
