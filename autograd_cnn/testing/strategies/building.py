"""From a list of small numbers to a program: every list gives one, so every list can be shortened.

The strategy draws, for each statement, a `Seed`: which kind, which op, which operands (counted back from the
latest value), which of its details. Here they become lines of Python, which are run on plain arrays as they
are written: so the values are known, and a line is left out that would leave an op's domain, meet a kink or a
singularity, or grow too large.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import chain, count
from string import ascii_lowercase
from typing import Any, NamedTuple

import numpy as np

from autograd_cnn.testing.problem import Array
from autograd_cnn.testing.strategies.program import Program
from autograd_cnn.testing.strategies.vocabulary import Word

__all__ = ["ARITHMETIC", "Seed", "built"]

# Simplest first. What is not at home everywhere has its operands squeezed, each by three operations: last.
ARITHMETIC = ("add", "multiply", "subtract", "negative", "sin", "tanh", "exp", "square", "divide")
OPERATORS = {"add": "+", "multiply": "*", "subtract": "-", "divide": "/"}
LARGEST = 1e3  # of a value, and of a derivative
WIDE = (-100.0, 100.0)  # where linear ops are at home
DEFAULT = (-2.0, 2.0)  # of an op that says nothing: it may be evaluated a little outside
OUTSIDE = 1.5
REACH = 8  # how far back an operand may be
PROBE = 0.02  # how far from its kinks a statement stays

FAILURES = (
    ArithmeticError,
    ValueError,
    TypeError,
    IndexError,
    np.linalg.LinAlgError,
    np.exceptions.RankWarning,  # of polyfit: a singularity is near
)


class Seed(NamedTuple):
    """What one statement is made of.

    Four choices and no more: with the one that says that the list goes on they are five, and so many in a row
    does Hypothesis delete at once.
    """

    kind: str  # "arithmetic", "write", "branch", "apply"
    word: int
    operands: int
    detail: int

    @property
    def first(self) -> int:
        """Which value, counted back from the latest, is the first operand."""
        return self.operands % REACH

    @property
    def second(self) -> int:
        """The same for the second."""
        return self.operands // REACH % REACH


def built(
    arguments: Mapping[str, Array], seeds: Sequence[Seed], arithmetic: Sequence[Word], words: Sequence[Word]
) -> Program:
    """The program that the seeds say, of two vocabularies: for arithmetic, and for anything."""
    builder = _Builder(arguments, arithmetic, words)
    for seed in seeds:
        builder.add(seed)
    return builder.program()


class _Builder:
    def __init__(
        self, arguments: Mapping[str, Array], arithmetic: Sequence[Word], words: Sequence[Word]
    ) -> None:
        self.arguments = dict(arguments)
        self.arithmetic, self.words = arithmetic, words
        self.unary = [w for w in (*arithmetic, *words) if w.arity == 1 and not _shares(w)]
        self.scope: dict[str, Any] = {"np": np}
        self.values: dict[str, Any] = {name: x.copy() for name, x in arguments.items()}
        self.unread = dict.fromkeys(arguments)  # in order: what nothing has used
        self.owned: list[str] = []  # results that share memory with nothing
        self.lines: list[str] = []
        self.imports: dict[str, str] = {}
        names = chain(ascii_lowercase, (f"value{number}" for number in count(1)))
        self.names = (name for name in names if name not in self.arguments)

    def program(self) -> Program:
        used = "\n".join(self.lines)
        imports = {name: module for name, module in self.imports.items() if f"{name}(" in used}
        further = {
            name: value
            for name, value in self.scope.items()
            if name != "np" and name not in self.imports and f"{name}(" in used
        }
        returned = list(self.unread) or list(self.arguments)
        return Program(self.arguments, self.lines, returned, imports, further)

    def add(self, seed: Seed) -> None:
        if seed.kind == "write":
            self._write(seed)
        elif seed.kind == "branch":
            self._branch(seed)
        else:
            self._apply(seed)

    # --- Statements ---------------------------------------------------------------------------------

    def _apply(self, seed: Seed) -> None:
        words = self.arithmetic if seed.kind == "arithmetic" else self.words
        word = words[seed.word % len(words)]
        used, expression = self._call(word, seed)
        if not expression:
            return
        if _shares(word):
            self.owned = [name for name in self.owned if name not in used]
        self._assign(expression, used, owned=not _shares(word))

    def _branch(self, seed: Seed) -> None:
        """One of two calls, by the value of a third: for the whole array, or for each entry."""
        asked = self._operand(seed.second)
        value = self.values[asked]
        ways = [self._call(self.unary[(seed.word + k) % len(self.unary)], seed) for k in (0, 1)]
        if not all(expression for _, expression in ways):
            return
        used = {*ways[0][0], asked}
        yes, no = (expression for _, expression in ways)
        if seed.detail % 2:
            threshold = round(float(np.mean(value)) if value.size else 0.0, 1)
            if value.size and float(np.min(np.abs(value - threshold))) < 2 * PROBE:
                return
            self._assign(f"np.where({asked} > {threshold}, {yes}, {no})", used, owned=True)
            return
        total = float(np.sum(value))
        threshold = round(total) + (-1 if seed.detail % 4 else 1)
        name = next(self.names)
        line = f"if np.sum({asked}) > {threshold}:\n    {name} = {yes}\nelse:\n    {name} = {no}"
        self._assign(yes if total > threshold else no, used, owned=True, name=name, line=line)

    def _write(self, seed: Seed) -> None:
        """An update in place of a value that is no argument and has no views; or, for want of one, a copy."""
        if not self.owned:
            source = self._operand(seed.first)
            self._assign(f"np.copy({source})", {source}, owned=True)
            return
        # The oldest remains the oldest, whatever statements between are left out.
        target = self.owned[max(-1 - seed.first, -len(self.owned))]
        value = self.values[target]
        source = self._operand(seed.second)
        pieces: list[tuple[str, str]] = []
        if np.ndim(value):
            index = ["...", "0", "::2", "..., -1"][seed.detail % 4]
            piece = _quiet(lambda: value[_index(index)])
            if piece is not None:
                pieces = [(f"{target}[{index}] = ", source), (f"{target}[{index}] *= ", source)]
                if np.shape(self.values[source]) != np.shape(piece):
                    pieces = [(start, f"np.sum({source})") for start, _ in pieces]
        if source != target and _fits(np.shape(self.values[source]), np.shape(value)):
            pieces += [(f"{target} += ", source), (f"{target} *= ", source)]
        if not pieces:
            return
        start, operand = pieces[seed.detail // 4 % len(pieces)]
        line = start + operand
        after = {**self.values, target: np.array(value)}

        def run() -> bool:
            exec(line, self.scope, after)
            return True

        if _quiet(run) and _tame(after[target]):
            self.lines.append(line)
            self.values[target] = after[target]
            if source != target:
                self.unread.pop(source, None)
            self.unread[target] = self.unread.pop(target, None)

    # --- Expressions --------------------------------------------------------------------------------

    def _value(self, expression: str) -> Any:
        return _quiet(lambda: eval(expression, self.scope, self.values))

    def _operand(self, number: int) -> str:
        """A value, counted back from the latest."""
        names = list(self.values)
        return names[-1 - number % len(names)]

    def _call(self, word: Word, seed: Seed) -> tuple[set[str], str]:
        """What an op is applied to, and the expression; an empty one if it cannot be applied here."""
        first = self._operand(seed.first)
        parameters: dict[str, Any] = {}
        sequence = False
        if word.record.kind == "elementwise":
            operands = [first]
            if word.arity == 2:
                shape = np.shape(self.values[first])
                fitting = [n for n in self.values if _broadcasts(shape, np.shape(self.values[n]))]
                if word.record.name in ("divide", "subtract"):  # a / a has no derivative but rounding
                    fitting = [n for n in fitting if n != first] or [""]
                operands.append(fitting[-1 - seed.second % len(fitting)])
            if not all(operands):
                return set(), ""
            expressions = [self._inside(name, name, word) for name in operands]
        else:
            case = word.samples[seed.detail % len(word.samples)]
            parameters, sequence = case.parameters, isinstance(case.shapes[0], list)
            sizes = case.shapes[0] if sequence else case.shapes
            operands = [self._operand(seed.first + place * seed.second) for place in range(len(sizes))]
            expressions = [self._fitted(name, size, word) for name, size in zip(operands, sizes, strict=True)]
        self.imports.update(word.imports)
        self.scope.update(word.scope)

        def called(inputs: Sequence[str]) -> str:
            if word.record.name in OPERATORS:
                return f" {OPERATORS[word.record.name]} ".join(map(_in_brackets, inputs))
            return word.written([f"[{', '.join(inputs)}]"] if sequence else inputs, parameters)

        if not all(expressions) or not self._smooth(called, expressions):
            return set(), ""
        return {*operands}, self._one_real(called(expressions))

    def _one_real(self, expression: str) -> str:
        """Of several outputs the first, of a complex one the real part."""
        result = self._value(expression)
        if isinstance(result, (tuple, list)):
            expression, result = f"{expression}[0]", result[0] if result else None
        return f"np.real({expression})" if np.iscomplexobj(result) else expression

    def _smooth(self, called: Callable[[Sequence[str]], str], expressions: Sequence[str]) -> bool:
        """Whether a call has derivatives at its operands, and no kink or singularity near them."""
        places = [f"_{place}" for place in range(len(expressions))]
        code = compile(called(places), "<statement>", "eval")
        at_rest = [self._value(expression) for expression in expressions]
        if any(x is None for x in at_rest):
            return False

        def at(t: float) -> Any:
            moved = dict(zip(places, [_moved(x, t) for x in at_rest], strict=True))
            return _together(eval(code, self.scope, moved))

        return _is_smooth(at)

    def _fitted(self, name: str, size: tuple[int, ...], word: Word) -> str:
        """A value in the shape that a sample of an op has: its entries over and over."""
        value = self.values[name]
        if np.shape(value) == size:
            return self._inside(name, name, word)
        if not np.ndim(value) or not np.size(value):
            return ""  # of a number an array is not made: what fails would need both, and shrink no further
        return self._inside(f"np.resize({name}, {size})", name, word)

    def _inside(self, expression: str, name: str, word: Word) -> str:
        """The expression, squeezed into the domain of an op if its values are outside of it."""
        value, record = self.values[name], word.record
        low, high = record.domain
        if record.name in OPERATORS and record.name != "divide":
            return expression  # a result that is too large is left out
        if record.kind == "linear":
            low, high = WIDE
        elif record.domain == DEFAULT:
            low, high = OUTSIDE * low, OUTSIDE * high
        if not np.size(value) or (low < np.min(value) and np.max(value) < high):
            return expression
        low, high = record.domain
        middle, half = round((low + high) / 2, 3), round(0.45 * (high - low), 3)
        squeezed = f"{half} * np.tanh({expression})"
        return f"{middle} + {squeezed}" if middle else squeezed

    def _assign(
        self, expression: str, used: set[str], *, owned: bool, name: str = "", line: str = ""
    ) -> None:
        """Write the statement, unless its value is none to go on with."""
        result = self._value(expression)
        if not _tame(result):
            return
        name = name or next(self.names)
        self.lines.append(line or f"{name} = {expression}")
        self.values[name] = np.array(result) if np.ndim(result) else result
        for used_name in used:
            self.unread.pop(used_name, None)
        self.unread[name] = None
        if owned and not expression.startswith("np.real("):  # that is a view
            self.owned.append(name)


def _shares(word: Word) -> bool:
    """Whether the result may share memory with an operand."""
    return word.record.kind != "elementwise" or word.record.name in ("conjugate", "imag", "positive", "real")


def _index(text: str) -> Any:
    return eval(f"np.s_[{text}]", {"np": np})


def _quiet(compute: Callable[[], Any]) -> Any:
    """What it gives, or None where it fails."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", np.exceptions.RankWarning)
        try:
            return compute()
        except FAILURES:
            return None


def _tame(value: Any) -> bool:
    """Whether it is a value to go on with: real, finite, of ordinary size and small shape."""
    x = np.asarray(value)
    if x.dtype != np.float64 or x.size > 64 or x.ndim > 4:
        return False
    return bool(np.all(np.isfinite(x)) and np.max(np.abs(x), initial=0) < LARGEST)


def _together(result: Any) -> Any:
    """All outputs in one array: what is returned in the first may be smooth where the others are not."""
    if isinstance(result, (tuple, list)):
        return np.concatenate([np.ravel(x) for x in result]) if len(result) else np.zeros(0, int)
    return result


def _moved(x: Any, t: float) -> Any:
    """The value with each entry moved by ±t, signs mixed."""
    signs = np.where(np.arange(np.size(x)) * 7 % 11 % 3 == 0, -1.0, 1.0).reshape(np.shape(x))
    return x + t * signs


def _is_smooth(at: Callable[[float], Any]) -> bool:
    """Whether second differences shrink as they do for smooth functions, and the first are of ordinary size.

    |f(h) - 2 f(0) + f(-h)| falls by 4 when h is halved; at a kink nearby, by 2 or to nothing.
    """
    values = [_quiet(partial(at, t)) for t in (-PROBE, -PROBE / 2, 0.0, PROBE / 2, PROBE)]
    if any(v is None or np.shape(v) != np.shape(values[2]) for v in values):
        return False
    far_left, left, here, right, far_right = (np.asarray(v) for v in values)
    if here.dtype.kind not in "fc":
        return False
    with np.errstate(all="ignore"):
        wide, narrow = far_right - 2 * here + far_left, right - 2 * here + left
        small = 0.01 * PROBE * np.maximum(1.0, np.abs(here))
        smooth = (np.abs(wide) <= small) | (np.abs(wide - 4 * narrow) <= 0.5 * np.abs(wide))
        return bool(np.all(smooth & (np.abs(right - left) <= LARGEST * PROBE)))


def _in_brackets(expression: str) -> str:
    return f"({expression})" if " " in expression else expression


def _broadcasts(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    return all(a == b or 1 in (a, b) for a, b in zip(first[::-1], second[::-1], strict=False))


def _fits(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether an array of the first shape can be added to one of the second in place."""
    return len(small) <= len(large) and all(
        a in (1, b) for a, b in zip(small[::-1], large[::-1], strict=False)
    )
