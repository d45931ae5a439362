"""Records what JAX, PyTorch, HIPS autograd and mpmath answer for every op: no test imports them.

Run ``python tests/record_peer_answers.py`` where torch 2.13, jax 0.10 and autograd 1.9 are; it writes
peer_answers.npz beside this file. For each question (`peer_questions`) the first engine that has the
function, and its two derivatives, answers, whatever this package says; where that differs, it is printed,
with what finite differences say, and is either a fault here or belongs into `peer_exceptions`.
"""

import argparse
import json
import math
import warnings
from importlib.metadata import version
from pathlib import Path

import autograd
import autograd.numpy as anp
import jax
import numpy as np
import peer_functions_scipy  # noqa: F401 - it enters functions into the table
import peer_mpmath
import torch
from peer_exceptions import passed_over
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


def differences(function):
    """The gradient by differences of fourth order, each entry of each argument in turn."""

    def gradients(*xs):
        found = []
        for place, x in enumerate(xs):
            slopes = np.zeros(np.shape(x))
            for entry in np.ndindex(*np.shape(x)):
                total = 0.0
                for steps, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
                    moved = np.array(x)
                    moved[entry] += steps * STEP
                    total += weight * float(function(*xs[:place], moved, *xs[place + 1 :]))
                slopes[entry] = total / (12 * STEP)
            found.append(slopes)
        return found

    return gradients


STEP = 1e-3
MOST_ENTRIES = 40
CALCULUS["differences"] = (differences, np.array, np.real, np.imag)


def asked(engine, question):
    """The engine's answers, as flat arrays of float64; raises what the engine raises."""
    if engine == "mpmath":
        found = peer_mpmath.answers(question)
    else:
        own = engine in ("ours", "differences")
        function = question.sample.of_flat if own else function_of(engine, question.sample)
        found = (
            in_one_program(question, function)
            if engine == "jax"
            else answers(question, function, *CALCULUS[engine])
        )
    return [np.asarray(y.detach().numpy() if hasattr(y, "detach") else y, np.float64) for y in found]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--only", default="", help="parts of the names of the questions to ask; nothing is recorded"
    )
    parser.add_argument("--missing", action="store_true", help="keep what is recorded, and ask the rest")
    parser.add_argument("--keep", default="", help="with --missing: keep what these engines have answered")
    parser.add_argument("--verbose", action="store_true", help="say also who could not answer")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    asked_for = questions()
    kept = recorded(options.keep.split(",") if options.keep else ENGINES) if options.missing else {}
    kept = {
        name: (engine, found)
        for name, (engine, found) in kept.items()
        if name in asked_for and not passed_over(name, engine)
    }
    for name, question in asked_for.items():
        if name in kept or not any(part in name for part in options.only.split(",")):
            continue
        try:
            ours = asked("ours", question)
        except Exception as error:
            if not question.complex or options.verbose:
                print(f"{name}: ours raises {type(error).__name__}: {str(error)[:150]}", flush=True)
            continue
        for engine in ENGINES:
            try:
                theirs = asked(engine, question)
            except Exception as error:
                if options.verbose:
                    print(f"{name}: {engine} raises {type(error).__name__}: {str(error)[:200]}", flush=True)
                continue
            problem = difference(ours, theirs)
            if passed_over(name, engine):
                if not problem:
                    print(f"{name}: {engine} agrees, and need not be passed over", flush=True)
                continue
            if problem:
                print(f"{name}: {engine} {problem}; {verdict(question, ours, theirs)}", flush=True)
            kept[name] = engine, theirs
            if len(kept) % 50 == 0 and not options.only:  # what takes minutes may be stopped, and continued
                save(kept)
            break
        else:
            if not question.complex:
                print(f"{name}: nobody", flush=True)
    if not options.only:
        save(kept)


def recorded(engines):
    """What is in the file of these engines: by question, the engine and its answers."""
    kept, start = {}, 0
    with np.load(HERE / "peer_answers.npz") as file:
        index, numbers = json.loads(bytes(file["index"]))["questions"], file["numbers"]
    for name, (engine, shapes) in index.items():
        arrays = []
        for shape in shapes:
            arrays.append(numbers[start : start + math.prod(shape)].reshape(shape))
            start += math.prod(shape)
        if engine in engines:
            kept[name] = engine, arrays
    return kept


def save(kept):
    index = {name: [engine, [list(a.shape) for a in arrays]] for name, (engine, arrays) in kept.items()}
    versions = {engine: version(engine) for engine in (*ENGINES, "numpy")}
    text = np.frombuffer(json.dumps({"versions": versions, "questions": index}).encode(), np.uint8)
    numbers = np.concatenate([a.ravel() for _, arrays in kept.values() for a in arrays])
    np.savez_compressed(HERE / "peer_answers.npz", index=text, numbers=numbers)


def verdict(question, ours, theirs):
    """Whose derivatives are those by finite differences of our values."""
    if sum(x.size for x in question.inputs) > MOST_ENTRIES:
        return "by differences it would take minutes"
    try:
        expected = asked("differences", question)
    except Exception as error:
        return f"differences raise {type(error).__name__}: {str(error)[:100]}"
    right = [
        name
        for name, found in (("ours", ours), ("theirs", theirs))
        if [a.shape for a in found] == [e.shape for e in expected]
        and all(np.allclose(a, e, rtol=1e-5, atol=1e-5) for a, e in zip(found, expected, strict=True))
    ]
    return f"by differences {' and '.join(right) or 'neither'} is right"


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
