"""Calls of einsum: implicit and explicit outputs, repeated subscripts, ellipses, broadcasting."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from autograd_cnn.testing.posed import CallProblem
from autograd_cnn.testing.strategies.numbers import normal
from autograd_cnn.testing.strategies.shapes import sides

__all__ = ["einsum_problems"]


@st.composite
def einsum_problems(
    draw: st.DrawFn, max_operands: int = 3, max_dims: int = 3, max_side: int = 3
) -> CallProblem:
    """Calls of `numpy.einsum` on up to ``max_operands`` arrays.

    Subscripts occur once or several times, in one operand (its diagonal) or several; those of the output are
    explicit, in any order, or left to the rule; an ellipsis stands for further axes, which broadcast; axes
    have any length, 0 and 1 often.
    """
    letters = "ijkl"
    lengths = {letter: draw(sides(max_side)) for letter in letters}
    operands = draw(
        st.lists(st.lists(st.sampled_from(letters), max_size=max_dims), min_size=1, max_size=max_operands)
    )
    further = draw(st.sampled_from(["", "", "", "n"]))  # what the ellipsis stands for
    batch = draw(sides(max_side))
    terms, arrays = [], []
    for subscripts in operands:
        shape = [lengths[letter] for letter in subscripts]
        place = draw(st.integers(0, len(subscripts))) if further else 0
        text = "".join(subscripts)
        if further:
            text = f"{text[:place]}...{text[place:]}"
            shape.insert(place, draw(st.sampled_from([batch, 1])))
        terms.append(text)
        arrays.append(draw(normal(tuple(shape))))
    equation = ",".join(terms)
    if draw(st.booleans()):
        present = sorted({letter for subscripts in operands for letter in subscripts})
        chosen = draw(st.permutations(present))[: draw(st.integers(0, len(present)))]
        equation += "->" + ("..." if further else "") + "".join(chosen)
    return CallProblem(np.einsum, [equation, *arrays])
