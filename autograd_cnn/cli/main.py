"""The commands of ``autograd-cnn``, and what becomes of their errors.

Everything heavy is imported by the command that needs it: ``--help`` answers at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from autograd_cnn.errors import AutogradCnnError

__all__ = ["app", "run"]

# The base of click's errors, for which typer has its own copy of click since version 0.20.
UsageError: Any = typer.BadParameter.__base__
MISUSE = 2
INTERRUPTED = 130  # the status of a program that Ctrl-C ended

app = typer.Typer(
    name="autograd-cnn",
    help="Train convolutional networks with NumPy alone, and see how they do.",
    add_completion=False,
    rich_markup_mode=None,  # with Rich, --help would take 0.1 s longer
    context_settings={"help_option_names": ["-h", "--help"]},
)
Folder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, as train makes it.")]


def run() -> None:
    """Run the command line; a user's mistake is one line on stderr and exit status 2."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run a command, and return its exit status."""
    command = typer.main.get_command(app)
    try:
        return command.main(arguments or ["--help"], prog_name="autograd-cnn", standalone_mode=False) or 0
    except UsageError as error:
        return _fail(f"{error.format_message()} (see autograd-cnn --help)")
    except AutogradCnnError as error:
        return _fail(str(error))
    except typer.Exit as error:
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # autograd-cnn ops | head
        sys.stdout = None  # nothing is left to be flushed at exit
        return 1


def _fail(message: str) -> int:
    print("error:", " ".join(message.split()), file=sys.stderr)
    return MISUSE


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print("autograd-cnn", version("autograd-cnn"))
        except PackageNotFoundError:
            print("autograd-cnn, not installed")
        raise typer.Exit()


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train convolutional networks with NumPy alone, and see how they do."""


@app.command()
def train(
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Settings by name, lenet5 or resnet8; other options change them. [default: lenet5]"
        ),
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="lenet5, mlp, resnet8, resnet20, … [default: the recipe's]")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over the training images. [lenet5: 3, resnet8: 20]")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(help="Images a step. [lenet5: 50, resnet8: 128]")] = None,
    lr: Annotated[
        float | None,
        typer.Option(
            help="Highest rate of the one-cycle schedule. [default: the recipe's, or the optimizer's]"
        ),
    ] = None,
    optimizer: Annotated[str | None, typer.Option(help="adamw, adam or sgd. [default: adamw]")] = None,
    augment: Annotated[
        str | None,
        typer.Option(
            help="How the training images are varied: none or affine. [lenet5: none, resnet8: affine]"
        ),
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(help="Share of the targets spread over all classes. [lenet5: 0, resnet8: 0.1]"),
    ] = None,
    ema: Annotated[
        float | None,
        typer.Option(help="Decay of a moving average of the weights. [lenet5: no average, resnet8: 0.999]"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Fixes the weights, the order of the images and their variation. [default: 0]"),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="A folder of IDX files named as MNIST's. [default: MNIST itself]")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run folder. [default: a new one, as runs/lenet5-mnist-seed0]")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run in that folder.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help="Go on with a run that was stopped; takes no other option."),
    ] = None,
) -> None:
    """Train a network on MNIST: LeNet-5 for 3 epochs, unless told otherwise.

    --recipe resnet8 trains a residual network for longer, to fewer errors.

    Ctrl-C stops after the present batch and saves all; --resume then goes on where it stopped.
    """
    from autograd_cnn.cli.train import resume_run, start_run

    settings = {
        "recipe": recipe,
        "model": model,
        "epochs": epochs,
        "batch_size": batch_size,
        "lr": lr,
        "optimizer": optimizer,
        "augment": augment,
        "label_smoothing": label_smoothing,
        "ema": ema,
        "seed": seed,
        "data_dir": None if data_dir is None else str(data_dir.absolute()),
    }
    given = {name: value for name, value in settings.items() if value is not None}
    if resume is None:
        start_run(given, out, overwrite)
        return
    names = [*given, *(["out"] if out else []), *(["overwrite"] if overwrite else [])]
    if names:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in names)
        raise typer.BadParameter(f"--resume takes all settings from the run: leave out {options}")
    resume_run(resume)


@app.command()
def evaluate(
    folder: Folder,
    data_dir: Annotated[
        Path | None, typer.Option(help="Another folder of IDX files. [default: the data of the run]")
    ] = None,
) -> None:
    """Measure a trained model on the test images: accuracy, loss, and which digits it takes for which."""
    from autograd_cnn.cli.evaluate import evaluate_run

    evaluate_run(folder, data_dir)


@app.command()
def predict(
    folder: Folder,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="PNG or JPEG files of any size.")],
) -> None:
    """Tell which digit is in each picture: dark on light or light on dark."""
    from autograd_cnn.cli.predict import predict_images

    if not predict_images(folder, images):
        raise typer.Exit(MISUSE)


@app.command()
def gradcheck(
    function: Annotated[
        str, typer.Argument(metavar="MODULE:FUNCTION", help="As numpy:tanh or my.layers:Net.")
    ],
    shape: Annotated[
        list[str] | None, typer.Option(help="Of an argument: --shape x=2,3. [default: 2,3; a float's is ()]")
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option(help="Of an argument that is no array: --value axis=1.")
    ] = None,
    domain: Annotated[str, typer.Option(help="Where the random numbers lie.")] = "-2,2",
    dtype: Annotated[str, typer.Option(help="Of the arrays.")] = "float64",
    order: Annotated[int, typer.Option(min=1, help="Highest derivative.")] = 2,
    seed: Annotated[int, typer.Option(help="Fixes the random numbers.")] = 0,
) -> None:
    """Check the gradient of a function or a module against finite differences, and explain what is wrong.

    Exit status: 0 right, 1 wrong, 2 not checked.
    """
    from autograd_cnn.cli.gradcheck import check_function

    if not check_function(function, shape or [], value or [], domain, dtype, order, seed):
        raise typer.Exit(1)


@app.command()
def ops(
    kind: Annotated[
        str | None, typer.Option(help="Only elementwise, linear, primitive, composite or constant ones.")
    ] = None,
    count: Annotated[
        bool, typer.Option("--count", help="Only say how many functions of NumPy and SciPy there are.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Write docs/operations.md: every one of their functions.")
    ] = False,
) -> None:
    """List every operation, with the gradient of each input as it stands in the source."""
    from autograd_cnn.cli.ops import list_ops

    list_ops(kind, count, markdown)
