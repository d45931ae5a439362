"""Records keys, shapes and outputs of the models of the zoo in PyTorch, in torch_models.json.

Run ``python tests/record_torch_models.py`` where torch 2.13 and torchvision are installed.
"""

import json
from pathlib import Path

import torch
from model_weights import images, weights
from torch_models import build
from zoo_cases import CASES, FULL, fingerprint


def shapes(model):
    return {name: list(value.shape) for name, value in model.state_dict().items()}


def outputs(name, options, shape):
    model = build(name, 10, **options)
    state = weights(shapes(model))
    model.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()})
    with torch.no_grad():
        logits = model(torch.from_numpy(images(shape)))
    return logits.double().numpy()


def main():
    recorded = {"states": {}, "outputs": {}}
    for name in FULL:
        with torch.device("meta"):
            recorded["states"][name] = fingerprint(shapes(build(name, 1000)))
    for case, (name, options, shape) in CASES.items():
        logits = outputs(name, options, shape)
        recorded["outputs"][case] = [float(f"{value:.9g}") for value in logits.ravel()[:20]]
        print(case, abs(logits).max())
    text = json.dumps(recorded, indent=1).replace("\n   ", "").replace("\n  ]", "]")
    Path(__file__).with_name("torch_models.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
