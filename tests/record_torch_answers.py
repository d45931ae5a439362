"""Records what PyTorch answers, for the tests of ``nn`` and ``optim``: the tests themselves never import it.

Run ``python tests/record_torch_answers.py`` where torch 2.13 is installed; it writes torch_answers.npz beside
this file. "index" in there is the JSON of all cases; what they call "a17" is the array of that name.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20240)
ARRAYS = {}

# Class, arguments, shape of the input.
LAYERS = [
    ("Conv1d", {"in_channels": 2, "out_channels": 3, "kernel_size": 3}, (2, 2, 7)),
    (
        "Conv1d",
        {
            "in_channels": 4,
            "out_channels": 6,
            "kernel_size": 3,
            "stride": 2,
            "padding": 1,
            "dilation": 2,
            "groups": 2,
            "bias": False,
        },
        (2, 4, 11),
    ),
    ("Conv2d", {"in_channels": 2, "out_channels": 3, "kernel_size": 3, "padding": 1}, (2, 2, 5, 6)),
    ("Conv2d", {"in_channels": 2, "out_channels": 3, "kernel_size": [2, 4], "padding": "same"}, (2, 5, 6)),
    (
        "Conv2d",
        {
            "in_channels": 4,
            "out_channels": 4,
            "kernel_size": [3, 2],
            "stride": [2, 1],
            "padding": [2, 0],
            "dilation": [1, 2],
            "groups": 4,
        },
        (1, 4, 6, 7),
    ),
    (
        "Conv2d",
        {"in_channels": 1, "out_channels": 2, "kernel_size": 3, "padding": "valid", "bias": False},
        (2, 1, 4, 4),
    ),
    ("Conv3d", {"in_channels": 2, "out_channels": 2, "kernel_size": 2, "stride": [1, 2, 1]}, (1, 2, 3, 4, 3)),
    ("Linear", {"in_features": 4, "out_features": 3}, (5, 4)),
    ("Linear", {"in_features": 4, "out_features": 3, "bias": False}, (2, 3, 4)),
    ("Linear", {"in_features": 4, "out_features": 3}, (4,)),
    ("MaxPool1d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (2, 2, 8)),
    ("MaxPool1d", {"kernel_size": 2}, (2, 7)),
    ("MaxPool2d", {"kernel_size": 2}, (2, 2, 5, 6)),
    ("MaxPool2d", {"kernel_size": [3, 2], "stride": 2, "padding": [1, 1], "dilation": [2, 1]}, (1, 2, 7, 6)),
    ("MaxPool3d", {"kernel_size": 2, "stride": 1}, (1, 2, 3, 3, 3)),
    ("AvgPool1d", {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}, (2, 2, 8)),
    ("AvgPool2d", {"kernel_size": 2}, (2, 2, 5, 6)),
    ("AvgPool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}, (2, 2, 6, 5)),
    (
        "AvgPool2d",
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
        (2, 6, 5),
    ),
    ("AvgPool2d", {"kernel_size": [2, 3], "divisor_override": 5}, (1, 2, 4, 6)),
    ("AvgPool3d", {"kernel_size": 2, "padding": 1}, (1, 2, 3, 3, 2)),
    ("ReLU", {}, (3, 4)),
    ("ReLU", {"inplace": True}, (3,)),
    ("Tanh", {}, (3, 4)),
    ("Sigmoid", {}, (3, 4)),
    ("Softmax", {"dim": 1}, (3, 4)),
    ("Softmax", {"dim": 0}, (3, 4, 2)),
    ("LogSoftmax", {"dim": -1}, (3, 4)),
    ("Flatten", {}, (2, 3, 4)),
    ("Flatten", {"start_dim": -2, "end_dim": -1}, (2, 3, 4)),
    ("Identity", {}, (3,)),
    ("Dropout", {"p": 0.0}, (3, 4)),
    ("Dropout", {"p": 0.25, "inplace": True}, (3, 4)),  # in evaluation
]

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


def record_layer(name, given, shape):
    layer = getattr(nn, name)(**arguments(given))
    if given.get("p"):
        layer.eval()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.from_numpy(draw(parameter.shape)))
    x = torch.from_numpy(draw(shape)).requires_grad_()
    y = layer(x.clone())  # the clone is for inplace=True
    cotangent = torch.from_numpy(draw(y.shape))
    y.backward(cotangent)
    return {
        "name": name,
        "arguments": given,
        "repr": repr(layer),
        "input": keep(x),
        "state": {key: keep(value) for key, value in layer.state_dict().items()},
        "output": keep(y),
        "cotangent": keep(cotangent),
        "input_gradient": keep(x.grad),
        "gradients": {key: keep(parameter.grad) for key, parameter in layer.named_parameters()},
    }


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
        "layers": [record_layer(*case) for case in LAYERS],
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
