"""Where an engine that has a function answers otherwise than this package, and is not believed: why.

The questions, as `fnmatch` matches their names; the engine that is passed over; the reason. The next engine
that has the function answers in its place. Finite differences, which `record_peer_answers.py` asks where two
differ, have said each time that this package is right.
"""

from fnmatch import fnmatchcase

PASSED_OVER: list[tuple[str, str, str]] = [
    (
        "sorting.partition-1*",
        "jax",
        "sorts the entries on each side of the kth, whose order nobody promises; here it is NumPy's",
    ),
    (
        "hypergeometric.hyp2f1-0",
        "jax",
        "sums the series where it diverges: 4e66 at z = -1.9; mpmath and SciPy have 0.56",
    ),
    (
        "hypergeometric.spence-0",
        "jax",
        "gives NaN as the derivative at every z above 1; it is log(z) / (1 - z)",
    ),
    (
        "bessel.ive-* complex",
        "autograd",
        "takes ive for an analytic function, and leaves out the derivative of its factor e ** -|Re z|",
    ),
]


def passed_over(question: str, engine: str) -> bool:
    """Whether this engine's answer to this question is not taken."""
    return any(of == engine and fnmatchcase(question, pattern) for pattern, of, _ in PASSED_OVER)
