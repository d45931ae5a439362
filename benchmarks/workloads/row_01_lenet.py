"""Row 1: one training step of LeNet-5: zero_grad, forward, cross-entropy, backward, SGD with momentum.

All engines start from the same weights and see the same batch. They are compared by the losses of three steps
and by how far those moved every parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.workload import OURS, Goal, Measure, Prepared, Workload, timed

lenet = Workload(
    __name__,
    row=1,
    title="LeNet-5, batch 64, a training step",
    measures=(Measure("time", "ms", Goal(0.7)),),
    tolerance=1e-3,  # float32 sums in another order, amplified over three steps
    threaded=True,
)
WORKLOADS = [lenet]

BATCH, LEARNING_RATE, MOMENTUM = 64, 0.01, 0.9
CHECKED_STEPS, TIMED_STEPS = 3, 10
SHAPES = {
    "0": (6, 1, 5, 5),
    "3": (16, 6, 5, 5),
    "7": (120, 400),
    "9": (84, 120),
    "11": (10, 84),
}  # of the weights, by their index in the Sequential below

Arrays = dict[str, np.ndarray[Any, Any]]


def batch() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return images (64, 1, 28, 28) and labels (64,)."""
    random = np.random.default_rng(0)
    images = random.standard_normal((BATCH, 1, 28, 28), dtype=np.float32)
    return images, random.integers(0, 10, BATCH)


def initial_parameters() -> Arrays:
    """Return weights and biases under the keys of a `state_dict`."""
    random = np.random.default_rng(1)
    parameters: Arrays = {}
    for name, shape in SHAPES.items():
        bound = np.float32(np.prod(shape[1:]) ** -0.5)
        parameters[f"{name}.weight"] = bound * random.uniform(-1, 1, shape).astype(np.float32)
        parameters[f"{name}.bias"] = bound * random.uniform(-1, 1, shape[0]).astype(np.float32)
    return parameters


def prepared(
    step: Callable[[], Any], loss: Callable[[Any], float], parameters: Callable[[], Arrays]
) -> Prepared:
    """Check a few steps, then time the ones that follow.

    `step` trains once and returns the engine's loss, `loss` makes it a float, `parameters` reads the weights.
    """
    losses = np.array([loss(step()) for _ in range(CHECKED_STEPS)])
    moved = {name: array - initial_parameters()[name] for name, array in parameters().items()}
    return Prepared(timed(step, repeats=TIMED_STEPS, scale=1e3), computed={"losses": losses} | moved)


@lenet.variant(OURS, module="autograd_cnn")
@lenet.variant("PyTorch", module="torch")
def imperative(framework: Any, laid_out: Callable[[Any], Any] = lambda value: value) -> Prepared:
    nn = framework.nn
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip
    model.load_state_dict({name: framework.tensor(array) for name, array in initial_parameters().items()})
    model = laid_out(model)
    optimizer = framework.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    criterion = nn.CrossEntropyLoss()
    images, labels = (framework.tensor(array) for array in batch())
    images = laid_out(images)

    def step() -> Any:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss

    def parameters() -> Arrays:
        return {name: parameter.detach().numpy() for name, parameter in model.named_parameters()}

    return prepared(step, lambda loss: float(loss.item()), parameters)


@lenet.variant("PyTorch, channels last", module="torch", reference=True)
def channels_last(torch: Any) -> Prepared:
    return imperative(torch, lambda value: value.to(memory_format=torch.channels_last))


@lenet.variant("JAX jit", module="jax")
def jax_jit(jax: Any) -> Prepared:
    jnp, lax = jax.numpy, jax.lax

    def convolution(x: Any, weight: Any, bias: Any, padding: int) -> Any:
        pads = ((padding, padding), (padding, padding))
        return lax.conv_general_dilated(x, weight, (1, 1), pads) + bias[:, None, None]

    def max_pool(x: Any) -> Any:
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss(p: Any, images: Any, labels: Any) -> Any:
        x = max_pool(jax.nn.relu(convolution(images, p["0.weight"], p["0.bias"], padding=2)))
        x = max_pool(jax.nn.relu(convolution(x, p["3.weight"], p["3.bias"], padding=0)))
        x = x.reshape(BATCH, 400)
        x = jax.nn.relu(x @ p["7.weight"].T + p["7.bias"])
        x = jax.nn.relu(x @ p["9.weight"].T + p["9.bias"])
        logits = x @ p["11.weight"].T + p["11.bias"]
        return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(BATCH), labels])

    def update(p: Any, velocity: Any, images: Any, labels: Any) -> Any:
        value, gradients = jax.value_and_grad(loss)(p, images, labels)
        velocity = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocity, gradients)
        return value, jax.tree.map(lambda w, v: w - LEARNING_RATE * v, p, velocity), velocity

    compiled = jax.jit(update, donate_argnums=(0, 1))
    state = {name: jnp.asarray(array) for name, array in initial_parameters().items()}
    velocity = jax.tree.map(jnp.zeros_like, state)
    images, labels = (jnp.asarray(array) for array in batch())

    def step() -> Any:
        nonlocal state, velocity
        value, state, velocity = compiled(state, velocity, images, labels)
        return jax.block_until_ready(value)

    return prepared(step, float, lambda: {name: np.asarray(array) for name, array in state.items()})


@lenet.variant("MyGrad", module="mygrad.nnet")
def mygrad(mg: Any) -> Prepared:
    nnet = mg.nnet
    p = {name: mg.tensor(array) for name, array in initial_parameters().items()}
    velocity = {name: np.zeros_like(array) for name, array in initial_parameters().items()}
    images, labels = batch()
    relu, convolution, max_pool = nnet.activations.relu, nnet.layers.conv_nd, nnet.layers.max_pool

    def model(x: Any) -> Any:
        x = convolution(x, p["0.weight"], stride=1, padding=2) + p["0.bias"].reshape(1, 6, 1, 1)
        x = max_pool(relu(x), (2, 2), 2)
        x = convolution(x, p["3.weight"], stride=1, padding=0) + p["3.bias"].reshape(1, 16, 1, 1)
        x = max_pool(relu(x), (2, 2), 2).reshape(BATCH, 400)
        x = relu(x @ p["7.weight"].T + p["7.bias"])
        x = relu(x @ p["9.weight"].T + p["9.bias"])
        return x @ p["11.weight"].T + p["11.bias"]

    def step() -> Any:
        loss = nnet.losses.softmax_crossentropy(model(images), labels)
        loss.backward()  # a parameter's old gradient went when it entered this graph
        for name, parameter in p.items():
            velocity[name] = np.float32(MOMENTUM) * velocity[name] + parameter.grad
            parameter.data -= np.float32(LEARNING_RATE) * velocity[name]
        return loss

    return prepared(step, lambda loss: float(loss.item()), lambda: {name: t.data for name, t in p.items()})
