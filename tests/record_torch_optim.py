"""Records what PyTorch answers, for the tests of ``optim`` and ``nn.utils``, which never import it.

Run ``python tests/record_torch_optim.py`` where torch 2.13 is installed; it writes torch_optim.npz beside
this file. "index" in there is the JSON of all cases; what they call "a17" is the array of that name.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(20265)
ARRAYS = {}
STEPS = 20

# Class, arguments. Two parameters; the second has no gradient at step 3.
OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.2}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1, "maximize": True}),
    ("ASGD", {"lr": 0.1}),
    ("ASGD", {"lr": 0.1, "lambd": 0.2, "alpha": 0.5, "t0": 4.0, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.1}),
    ("Adam", {"lr": 0.05, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.4}),
    ("Adam", {"lr": 0.1, "amsgrad": True}),
    ("Adam", {"lr": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}),
    ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True}),
    ("NAdam", {"lr": 0.1}),
    ("NAdam", {"lr": 0.1, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.3, "momentum_decay": 0.1}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {"lr": 0.1}),
    ("RAdam", {"lr": 0.1, "betas": [0.8, 0.9], "eps": 1e-3, "weight_decay": 0.3}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True}),
    ("Adamax", {"lr": 0.1}),
    ("Adamax", {"lr": 0.1, "betas": [0.8, 0.9], "eps": 1e-3, "weight_decay": 0.3, "maximize": True}),
    ("Adagrad", {"lr": 0.1}),
    (
        "Adagrad",
        {
            "lr": 0.1,
            "lr_decay": 0.2,
            "weight_decay": 0.3,
            "initial_accumulator_value": 0.5,
            "eps": 1e-3,
            "maximize": True,
        },
    ),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.3, "maximize": True}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.3, "momentum": 0.8}),
    ("RMSprop", {"lr": 0.01, "centered": True, "eps": 1e-2, "maximize": True}),
    ("RMSprop", {"lr": 0.01, "centered": True, "eps": 1e-2, "momentum": 0.5}),
    ("Rprop", {"lr": 0.01}),
    ("Rprop", {"lr": 0.1, "etas": [0.3, 1.5], "step_sizes": [0.01, 0.2], "maximize": True}),
    ("Adafactor", {"lr": 0.1}),
    (
        "Adafactor",
        {
            "lr": 0.3,
            "beta2_decay": -0.5,
            "eps": [1e-6, 1e-2],
            "d": 2.0,
            "weight_decay": 0.1,
            "maximize": True,
        },
    ),
]

# Those whose step takes a closure; the loss is `valley` below.
CLOSURES = [
    {"lr": 0.1},
    {"line_search_fn": "strong_wolfe", "max_iter": 3},
    {"line_search_fn": "strong_wolfe", "max_iter": 2, "history_size": 3, "lr": 0.5},
    {"lr": 0.5, "max_iter": 4, "history_size": 4},
    {"line_search_fn": "strong_wolfe", "max_iter": 4, "max_eval": 6, "lr": 3.0},
]

SGD = ("SGD", {"lr": 0.8, "momentum": 0.9})

# Class, arguments (a schedule within is such a pair itself), the optimiser and its arguments, steps.
SCHEDULERS = [
    ("LambdaLR", {"lr_lambda": "falls"}, *SGD, 8),
    ("MultiplicativeLR", {"lr_lambda": "falls"}, *SGD, 8),
    ("StepLR", {"step_size": 3, "gamma": 0.5}, *SGD, 10),
    ("MultiStepLR", {"milestones": [2, 5, 5, 7], "gamma": 0.5}, *SGD, 10),
    ("ConstantLR", {}, *SGD, 8),
    ("ConstantLR", {"factor": 0.5, "total_iters": 3}, *SGD, 6),
    ("LinearLR", {}, *SGD, 8),
    ("LinearLR", {"start_factor": 0.2, "end_factor": 0.6, "total_iters": 4}, *SGD, 8),
    ("LinearLR", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 4}, *SGD, 8),
    ("ExponentialLR", {"gamma": 0.7}, *SGD, 8),
    ("PolynomialLR", {}, *SGD, 8),
    ("PolynomialLR", {"total_iters": 6, "power": 2.5}, *SGD, 9),
    ("CosineAnnealingLR", {"T_max": 6, "eta_min": 0.01}, *SGD, 20),
    ("CosineAnnealingLR", {"T_max": 1}, *SGD, 4),
    ("CosineAnnealingWarmRestarts", {"T_0": 3}, *SGD, 10),
    ("CosineAnnealingWarmRestarts", {"T_0": 2, "T_mult": 2, "eta_min": 0.1}, *SGD, 18),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 3}, *SGD, 15),
    (
        "CyclicLR",
        {
            "base_lr": 0.1,
            "max_lr": 0.5,
            "step_size_up": 2,
            "step_size_down": 4,
            "mode": "triangular2",
            "base_momentum": 0.7,
        },
        *SGD,
        15,
    ),
    (
        "CyclicLR",
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 3, "mode": "exp_range", "gamma": 0.9},
        "Adam",
        {"lr": 0.1},
        15,
    ),
    (
        "CyclicLR",
        {
            "base_lr": 0.1,
            "max_lr": 0.5,
            "step_size_up": 3,
            "scale_fn": "falls",
            "scale_mode": "iterations",
            "cycle_momentum": False,
        },
        *SGD,
        10,
    ),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 20}, *SGD, 20),
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
        *SGD,
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
        *SGD,
        9,
    ),
    (
        "OneCycleLR",
        {"max_lr": 0.3, "total_steps": 11, "three_phase": True, "pct_start": 0.4},
        "AdamW",
        {"lr": 0.1},
        11,
    ),
    ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 4}, *SGD, 8),
    ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 3, "anneal_strategy": "linear"}, *SGD, 8),
    ("SWALR", {"swa_lr": 0.05, "anneal_epochs": 0}, *SGD, 3),
    (
        "ChainedScheduler",
        {
            "schedulers": [
                ["ConstantLR", {"factor": 0.1, "total_iters": 4}],
                ["ExponentialLR", {"gamma": 0.9}],
                ["CosineAnnealingLR", {"T_max": 5, "eta_min": 0.01}],
            ]
        },
        *SGD,
        12,
    ),
    (
        "SequentialLR",
        {
            "schedulers": [
                ["LinearLR", {"start_factor": 0.1, "total_iters": 3}],
                ["CosineAnnealingLR", {"T_max": 6}],
                ["ExponentialLR", {"gamma": 0.5}],
            ],
            "milestones": [3, 8],
        },
        *SGD,
        12,
    ),
    (
        "SequentialLR",
        {
            "schedulers": [
                [
                    "SequentialLR",
                    {"schedulers": [["ConstantLR", {}], ["StepLR", {"step_size": 1}]], "milestones": [2]},
                ],
                ["CosineAnnealingWarmRestarts", {"T_0": 2}],
                ["PolynomialLR", {"total_iters": 3}],
            ],
            "milestones": [4, 7],
        },
        *SGD,
        12,
    ),
    (
        "SequentialLR",
        {
            "schedulers": [
                ["ChainedScheduler", {"schedulers": [["ConstantLR", {}], ["StepLR", {"step_size": 2}]]}],
                ["MultiStepLR", {"milestones": [1, 2]}],
            ],
            "milestones": [3],
        },
        *SGD,
        8,
    ),
]

# Arguments, and the measure of each epoch.
PLATEAUS = [
    ({"patience": 1}, [3, 2, 2, 2, 2, 2, 1, 1.0001, 0.99995, 1, 1, 1, 1]),
    ({"patience": 0, "cooldown": 2, "factor": 0.5, "min_lr": 0.15}, [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]),
    ({"mode": "max", "patience": 1, "threshold": 0.1}, [1, 1.05, 1.05, 1.2, 1.25, 1.3, 1.35, 1.5]),
    ({"mode": "max", "patience": 0, "threshold": 0.1, "threshold_mode": "abs"}, [-1, -0.95, -0.8, -0.85, 2]),
    ({"mode": "min", "patience": 0, "threshold": 0.1, "threshold_mode": "abs"}, [1, 0.95, 0.8, 0.75, -2]),
    ({"patience": 0, "eps": 0.5, "factor": 0.6}, [1, 1, 1, 1]),
]

INITIAL = [[[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]], [1.0, -2.0, 0.5, 3.0]]


def falls(epoch):
    return 1 / (1 + 0.3 * epoch)


def valley(x, y):
    """Not quadratic, curved, and of a single minimum."""
    return ((x - 1) ** 4).sum() + 10 * ((x.sum() - y) ** 2).sum() + (y**2).sum()


def keep(array):
    """Put an array into the file, and return its name there."""
    name = f"a{len(ARRAYS)}"
    ARRAYS[name] = np.array(array.detach().numpy() if isinstance(array, torch.Tensor) else array)
    return name


def arguments(given):
    """JSON has no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def flat(params):
    return np.concatenate([param.detach().numpy().ravel() for param in params])


def plain(value):
    """Tensors, and lists of them, as numbers and lists of numbers."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, torch.Tensor) else value


def saved(optimizer):
    """The state of an optimiser, but for a buffer of LBFGS."""
    return {
        number: {key: plain(value) for key, value in state.items() if key != "al"}
        for number, state in optimizer.state_dict()["state"].items()
    }


def record_optimizer(name, given, gradients):
    recorded = {"name": name, "arguments": given}
    for dtype in (torch.float64, torch.float32):
        torch.set_default_dtype(dtype)  # that of the numbers in the state, too
        params = [torch.tensor(value, requires_grad=True) for value in INITIAL]
        # Each parameter is a group, the second with a rate of its own.
        groups = [{"params": [params[0]]}, {"params": [params[1]], "lr": 0.02}]
        optimizer = getattr(torch.optim, name)(groups, **arguments(given))
        trajectory, states = [], []
        for step, both in enumerate(gradients):
            for param, gradient in zip(params, both, strict=True):
                param.grad = torch.tensor(gradient).to(dtype)
            if step == 3:
                params[1].grad = None
            optimizer.step()
            trajectory.append(flat(params))
            if step in (STEPS // 2 - 1, STEPS - 1):
                states.append(saved(optimizer))
        single = dtype == torch.float32
        recorded["trajectory32" if single else "trajectory"] = keep(np.array(trajectory))
        if not single:
            recorded["states"] = states
            recorded["options"] = [
                {key: value for key, value in group.items() if key != "params"}
                for group in optimizer.state_dict()["param_groups"]
            ]
    torch.set_default_dtype(torch.float32)
    return recorded


def record_closure(given):
    torch.set_default_dtype(torch.float64)
    params = [torch.tensor(value, requires_grad=True) for value in INITIAL]
    optimizer = torch.optim.LBFGS(params, **given)

    def closure():
        optimizer.zero_grad()
        loss = valley(*params)
        loss.backward()
        return loss

    trajectory, losses, states = [], [], []
    for step in range(STEPS):
        losses.append(optimizer.step(closure).item())
        trajectory.append(flat(params))
        if step in (3, STEPS - 1):
            states.append(saved(optimizer))
    torch.set_default_dtype(torch.float32)
    return {
        "name": "LBFGS",
        "arguments": given,
        "trajectory": keep(np.array(trajectory)),
        "losses": losses,
        "states": states,
    }


def make_scheduler(optimizer, name, given):
    given = {key: falls if value == "falls" else value for key, value in given.items()}
    parts = [make_scheduler(optimizer, *part) for part in given.pop("schedulers", [])]
    module = torch.optim.swa_utils if name == "SWALR" else torch.optim.lr_scheduler
    if name == "SequentialLR":
        return module.SequentialLR(optimizer, parts, **given)
    return module.ChainedScheduler(parts) if parts else getattr(module, name)(optimizer, **given)


def setting(optimizer):
    group = optimizer.param_groups[0]
    return group["lr"], group["betas"][0] if "betas" in group else group["momentum"]


def record_scheduler(name, given, optimizer_name, options, steps):
    optimizer = getattr(torch.optim, optimizer_name)([torch.zeros(1, requires_grad=True)], **options)
    scheduler = make_scheduler(optimizer, name, given)
    settings = [setting(optimizer)]
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        settings.append(setting(optimizer))
    return {
        "name": name,
        "arguments": given,
        "optimizer": optimizer_name,
        "options": options,
        "settings": settings,
    }


def record_plateau(given, measures):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.8)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **given)
    rates = []
    for measure in measures:
        scheduler.step(measure)
        rates.append(optimizer.param_groups[0]["lr"])
    return {"arguments": given, "measures": measures, "rates": rates}


class Counted(nn.Module):
    """A parameter, and buffers of both kinds of numbers."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(3, dtype=torch.float64))
        self.register_buffer("mean", torch.zeros(2, dtype=torch.float64))
        self.register_buffer("count", torch.tensor(0))


def record_average(kind, use_buffers, weights, means):
    torch.set_default_dtype(torch.float64)  # that of 1 / (count + 1)
    averages = torch.optim.swa_utils
    options = {
        "equal": {},
        "ema": {"avg_fn": averages.get_ema_avg_fn(0.9)},
        "ema_multi": {"multi_avg_fn": averages.get_ema_multi_avg_fn(0.9)},
        "swa_multi": {"multi_avg_fn": averages.get_swa_multi_avg_fn()},
    }[kind]
    model = Counted()
    averaged = averages.AveragedModel(model, use_buffers=use_buffers, **options)
    trajectory = []
    for step, (weight, mean) in enumerate(zip(weights, means, strict=True)):
        with torch.no_grad():
            model.weight.copy_(torch.tensor(weight))
            model.mean.copy_(torch.tensor(mean))
            model.count.fill_(7 * step)
        averaged.update_parameters(model)
        trajectory.append([float(v) for value in averaged.state_dict().values() for v in value.reshape(-1)])
    torch.set_default_dtype(torch.float32)
    return {
        "kind": kind,
        "use_buffers": use_buffers,
        "keys": list(averaged.state_dict()),
        "trajectory": keep(np.array(trajectory)),
    }


def record_norm(kind, layer_name, given, options, shape):
    """A layer with a normalised weight: its state, what it computes in training and then in evaluation."""
    torch.set_default_dtype(torch.float64)
    normalize = {
        "parametrizations.weight_norm": nn.utils.parametrizations.weight_norm,
        "parametrizations.spectral_norm": nn.utils.parametrizations.spectral_norm,
        "weight_norm": nn.utils.weight_norm,
    }[kind]
    layer = normalize(getattr(nn, layer_name)(**given), **options)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.from_numpy(RANDOM.standard_normal(parameter.shape)))
    state = {key: value.tolist() for key, value in layer.state_dict().items()}
    x = torch.from_numpy(RANDOM.standard_normal(shape))
    output = layer(x)
    (output**2).sum().backward()
    recorded = {
        "kind": kind,
        "layer": layer_name,
        "arguments": given,
        "options": options,
        "state": state,
        "input": x.tolist(),
        "output": output.tolist(),
        "gradients": {key: parameter.grad.tolist() for key, parameter in layer.named_parameters()},
        "evaluated": layer.eval()(x).tolist(),
        "state_after": {key: value.tolist() for key, value in layer.state_dict().items()},
    }
    torch.set_default_dtype(torch.float32)
    return recorded


NORMS = [
    ("parametrizations.weight_norm", "Linear", {"in_features": 3, "out_features": 2}, {}, (4, 3)),
    ("parametrizations.weight_norm", "Linear", {"in_features": 3, "out_features": 2}, {"dim": 1}, (4, 3)),
    ("parametrizations.weight_norm", "Linear", {"in_features": 3, "out_features": 2}, {"dim": None}, (4, 3)),
    (
        "parametrizations.weight_norm",
        "Conv2d",
        {"in_channels": 2, "out_channels": 3, "kernel_size": 2},
        {},
        (1, 2, 3, 3),
    ),
    ("weight_norm", "Linear", {"in_features": 3, "out_features": 2}, {}, (4, 3)),
    ("weight_norm", "Linear", {"in_features": 3, "out_features": 2}, {"dim": None}, (4, 3)),
    ("parametrizations.spectral_norm", "Linear", {"in_features": 3, "out_features": 2}, {}, (4, 3)),
    (
        "parametrizations.spectral_norm",
        "Conv2d",
        {"in_channels": 2, "out_channels": 3, "kernel_size": 2},
        {"n_power_iterations": 3, "dim": 1},
        (1, 2, 3, 3),
    ),
    (
        "parametrizations.spectral_norm",
        "Linear",
        {"in_features": 3, "out_features": 2},
        {"name": "bias"},
        (4, 3),
    ),
]


def main():
    gradients = [[RANDOM.standard_normal(np.shape(value)) for value in INITIAL] for _ in range(STEPS)]
    weights, means = RANDOM.standard_normal((6, 3)), RANDOM.standard_normal((6, 2))
    index = {
        "torch": torch.__version__,
        "initial": INITIAL,
        "gradients": [[keep(gradient) for gradient in both] for both in gradients],
        "optimizers": [record_optimizer(*case, gradients) for case in OPTIMIZERS],
        "closures": [record_closure(given) for given in CLOSURES],
        "schedulers": [record_scheduler(*case) for case in SCHEDULERS],
        "norms": [record_norm(*case) for case in NORMS],
        "plateaus": [record_plateau(*case) for case in PLATEAUS],
        "weights": [keep(weights), keep(means)],
        "averages": [
            record_average(kind, use_buffers, weights, means)
            for kind in ("equal", "ema", "ema_multi", "swa_multi")
            for use_buffers in (False, True)
            if (kind, use_buffers) != ("swa_multi", True)  # PyTorch cannot, with counts among the buffers
        ],
    }
    np.savez_compressed(HERE / "torch_optim.npz", index=np.array(json.dumps(index)), **ARRAYS)
    print(f"{len(ARRAYS)} arrays, {(HERE / 'torch_optim.npz').stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
