"""Records what JAX, PyTorch, HIPS autograd and mpmath answer for every op: no test imports them.

Run ``python tests/record_peer_answers.py`` where torch 2.13, jax 0.10 and autograd 1.9 are; it writes
peer_answers.npz beside this file, and prints where an engine disagrees with this package. For each question
(`peer_questions`) the first engine that has the function, and its two derivatives, answers.
"""

import argparse
import json
import warnings
from importlib.metadata import version
from pathlib import Path

import autograd
import autograd.numpy as anp
import jax
import numpy as np
import peer_mpmath
import torch
from peer_functions import function_of
from peer_questions import answers, questions

import autograd_cnn as ag

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_disable_most_optimizations", True)  # each program runs once
HERE = Path(__file__).parent
ENGINES = ("jax", "torch", "autograd", "mpmath")


def torch_grad(f):
    def gradients(*xs):
        xs = [x if x.requires_grad else x.clone().requires_grad_() for x in xs]
        y = f(*xs)
        if not y.requires_grad:
            return [torch.zeros_like(x) for x in xs]
        found = torch.autograd.grad(y, xs, create_graph=True, allow_unused=True)
        return [torch.zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True)]

    return gradients


def every(grad):
    return lambda f: lambda *xs: grad(f, tuple(range(len(xs))))(*xs)


CALCULUS = {
    "jax": (every(jax.grad), jax.numpy.asarray),
    "torch": (torch_grad, torch.tensor),
    "autograd": (every(autograd.grad), lambda x: x, anp.real, anp.imag),
    "ours": (every(ag.grad), ag.tensor),
}


def in_one_program(question, function):
    """JAX's answers; compiled as a whole, which takes a tenth of the time of compiling op by op."""
    of_inputs = lambda inputs: answers(question._replace(inputs=inputs), function, *CALCULUS["jax"])  # noqa: E731
    return jax.jit(of_inputs)(question.inputs)


def asked(engine, question):
    """The engine's answers, as flat arrays of float64; raises what the engine raises."""
    if engine == "mpmath":
        found = peer_mpmath.answers(question)
    else:
        function = question.sample.of_flat if engine == "ours" else function_of(engine, question.sample)
        found = (
            in_one_program(question, function)
            if engine == "jax"
            else answers(question, function, *CALCULUS[engine])
        )
    arrays = [np.asarray(y.detach().numpy() if hasattr(y, "detach") else y, np.float64) for y in found]
    if not all(np.isfinite(a).all() for a in arrays):
        raise FloatingPointError("not finite")
    return arrays


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--only", default="", help="part of the names of the questions to ask, and record nothing"
    )
    parser.add_argument("--missing", action="store_true", help="keep what is recorded, and ask the rest")
    parser.add_argument("--every", action="store_true", help="ask every engine, not only the first")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    index, numbers = {}, []
    if options.missing:
        with np.load(HERE / "peer_answers.npz") as file:
            index = json.loads(bytes(file["index"]))["questions"]
            numbers = [file["numbers"]]
    for name, question in questions().items():
        if name in index:
            continue
        if not any(part in name for part in options.only.split(",")):
            continue
        try:
            ours = asked("ours", question)
        except Exception as error:
            if not question.complex or options.verbose:
                print(f"{name}: ours raises {type(error).__name__}: {str(error)[:150]}", flush=True)
            continue
        recorded = None
        for engine in ENGINES:
            if recorded and not options.every:
                break
            try:
                theirs = asked(engine, question)
            except Exception as error:
                if options.verbose:
                    print(f"{name}: {engine} raises {type(error).__name__}: {str(error)[:200]}", flush=True)
                continue
            problem = difference(ours, theirs)
            if problem:
                print(f"{name}: {engine} {problem}", flush=True)
            if recorded is None and not problem:
                recorded = engine
                index[name] = [engine, [list(a.shape) for a in theirs]]
                numbers += [a.ravel() for a in theirs]
                if len(index) % 20 == 0:  # what takes minutes may be stopped, and continued with --missing
                    save(index, numbers)
        if recorded is None and not question.complex:
            print(f"{name}: nobody", flush=True)
    save(index, numbers)


def save(index, numbers):
    versions = {engine: version(engine) for engine in (*ENGINES, "numpy")}
    text = np.frombuffer(json.dumps({"versions": versions, "questions": index}).encode(), np.uint8)
    np.savez_compressed(HERE / "peer_answers.npz", index=text, numbers=np.concatenate(numbers))


def difference(ours, theirs):
    if [a.shape for a in ours] != [a.shape for a in theirs]:
        return f"has shapes {[a.shape for a in theirs]} where ours are {[a.shape for a in ours]}"
    for place, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        if not np.allclose(a, b, rtol=1e-9, atol=1e-9):
            size, difference = np.max(np.abs(b)), np.max(np.abs(a - b))
            return f"answer {place} of {len(ours)} differs by {difference:.2g} of {size:.2g}"
    return None


if __name__ == "__main__":
    main()
