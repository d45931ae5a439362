"""Which models of the zoo are compared with PyTorch, and how."""

import hashlib
import json

VGGS = [f"vgg{depth}{ending}" for depth in (11, 13, 16, 19) for ending in ("", "_bn")]
RESNETS = [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)]
CIFAR_RESNETS = [f"resnet{depth}" for depth in (8, 20, 32, 44, 56, 110)]
DENSENETS = [f"densenet{depth}" for depth in (121, 161, 169, 201)]

# Models in full size, of which the names and shapes of the state are compared.
FULL = ["lenet5", *CIFAR_RESNETS, *RESNETS, *VGGS, "mobilenet_v2", *DENSENETS, "unet"]

SMALL = (2, 3, 32, 32)

# Name, options and shape of the images, of which the outputs are compared.
CASES = {
    "lenet5": ("lenet5", {}, (2, 1, 28, 28)),
    **{name: (name, {}, SMALL) for name in CIFAR_RESNETS + RESNETS},
    "resnet8 for MNIST": (
        "resnet8",
        {"in_channels": 1, "widths": [24, 48, 96], "stem_kernel_size": 5, "stem_stride": 2},
        (2, 1, 28, 28),
    ),
    **{name: (name, {"hidden": 32}, SMALL) for name in VGGS},
    "mobilenet_v2": ("mobilenet_v2", {}, SMALL),
    "mobilenet_v2 of 0.35": ("mobilenet_v2", {"width_mult": 0.35}, SMALL),
    **{name: (name, {}, SMALL) for name in DENSENETS},
    "unet": ("unet", {"width": 8}, (1, 3, 21, 34)),
    "bilinear unet": ("unet", {"width": 8, "bilinear": True}, (1, 3, 21, 34)),
}


def fingerprint(shapes):
    """Tell states apart by number of entries, weights, and a hash of names and shapes in their order."""
    digest = hashlib.sha256(json.dumps([[name, list(shape)] for name, shape in shapes.items()]).encode())
    return f"{len(shapes)} {digest.hexdigest()[:32]}"
