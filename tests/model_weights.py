"""Weights made of their names alone, for tests that compare large models: nothing of them is stored."""

import zlib

import numpy as np


def images(shape):
    return np.random.default_rng(0).random(shape, np.float32) * 2 - 1


def weights(shapes):
    """Fill a state of these shapes so that signals stay of about one size through all layers."""
    return {name: _fill(name, tuple(shape)) for name, shape in shapes.items()}


def _fill(name, shape):
    if name.endswith("num_batches_tracked"):
        return np.array(1)
    uniform = np.random.default_rng(zlib.crc32(name.encode())).random(shape, np.float32)
    if name.endswith("running_var"):
        return np.float32(0.5) + uniform
    if len(shape) > 1:  # of variance 2 / fan in, as ReLU wants it
        return (uniform - 0.5) * np.float32((24 / np.prod(shape[1:])) ** 0.5)
    ends_residual = name.endswith(("bn2.weight", "bn3.weight"))  # else the sum grows with every block
    middle = 0.3 if ends_residual else 1.0 if name.endswith("weight") else 0.0
    return (uniform - 0.5) * np.float32(0.5) + np.float32(middle)
