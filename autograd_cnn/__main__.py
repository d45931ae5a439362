"""``python -m autograd_cnn``: the command line."""

from autograd_cnn.cli.main import run

if __name__ == "__main__":
    run()
