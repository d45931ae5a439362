"""The models of the zoo in PyTorch: torchvision's, and those that it has not."""

import torch
import torchvision
from torch import nn


def build(name, num_classes, **options):
    """Make the model that `autograd_cnn.nn.models` makes of the same name and options, to be evaluated."""
    if name in ("resnet8", "resnet20", "resnet32", "resnet44", "resnet56", "resnet110"):
        return CifarResNet(int(name.removeprefix("resnet")), num_classes, **options).eval()
    if name == "lenet5":
        return LeNet5(num_classes).eval()
    if name == "unet":
        return UNet(3, num_classes, **options).eval()
    hidden = options.pop("hidden", None)
    if hidden is None:
        return getattr(torchvision.models, name)(num_classes=num_classes, **options).eval()
    model = getattr(torchvision.models, name)(num_classes=num_classes, init_weights=False, **options).eval()
    model.classifier[0] = nn.Linear(512 * 7 * 7, hidden)
    model.classifier[3] = nn.Linear(hidden, hidden)
    model.classifier[6] = nn.Linear(hidden, num_classes)
    return model


class LeNet5(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, kernel_size=5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = torch.relu(self.fc1(torch.flatten(x, 1)))
        return self.fc3(torch.relu(self.fc2(x)))


class CifarResNet(nn.Module):
    def __init__(
        self, depth, num_classes, in_channels=3, widths=(16, 32, 64), stem_kernel_size=3, stem_stride=1
    ):
        super().__init__()
        size = stem_kernel_size
        self.conv1 = nn.Conv2d(in_channels, widths[0], size, stem_stride, size // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(widths[0])
        planes = widths[0]
        for stage, width in enumerate(widths):
            blocks = []
            for number in range((depth - 2) // 6):
                step = 2 if stage and not number else 1
                shortcut = None
                if step != 1 or planes != width:
                    shortcut = nn.Sequential(
                        nn.Conv2d(planes, width, 1, step, bias=False), nn.BatchNorm2d(width)
                    )
                blocks.append(torchvision.models.resnet.BasicBlock(planes, width, step, shortcut))
                planes = width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(planes, num_classes)

    def forward(self, x):
        x = torch.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(x.mean((2, 3)))


def double_convolution(inp, oup, between=None):
    between = between or oup
    layers = [nn.Conv2d(inp, between, 3, padding=1, bias=False), nn.BatchNorm2d(between), nn.ReLU()]
    layers += [nn.Conv2d(between, oup, 3, padding=1, bias=False), nn.BatchNorm2d(oup), nn.ReLU()]
    return nn.Sequential(*layers)


class UNet(nn.Module):
    """As in github.com/milesial/Pytorch-UNet, of any width."""

    def __init__(self, n_channels, n_classes, bilinear=False, width=64):
        super().__init__()
        factor = 2 if bilinear else 1
        w = width
        self.inc = nn.ModuleDict({"double_conv": double_convolution(n_channels, w)})
        downs = [(w, 2 * w), (2 * w, 4 * w), (4 * w, 8 * w), (8 * w, 16 * w // factor)]
        for number, (inp, oup) in enumerate(downs, 1):
            inner = nn.ModuleDict({"double_conv": double_convolution(inp, oup)})
            setattr(
                self,
                f"down{number}",
                nn.ModuleDict({"maxpool_conv": nn.ModuleList([nn.MaxPool2d(2), inner])}),
            )
        ups = [(16 * w, 8 * w // factor), (8 * w, 4 * w // factor), (4 * w, 2 * w // factor), (2 * w, w)]
        for number, (inp, oup) in enumerate(ups, 1):
            if bilinear:
                up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
            else:
                up = nn.ConvTranspose2d(inp, inp // 2, kernel_size=2, stride=2)
            conv = nn.ModuleDict(
                {"double_conv": double_convolution(inp, oup, inp // 2 if bilinear else None)}
            )
            setattr(self, f"up{number}", nn.ModuleDict({"up": up, "conv": conv}))
        self.outc = nn.ModuleDict({"conv": nn.Conv2d(w, n_classes, 1)})

    def forward(self, x):
        levels = [self.inc["double_conv"](x)]
        for number in range(1, 5):
            pool, inner = getattr(self, f"down{number}")["maxpool_conv"]
            levels.append(inner["double_conv"](pool(levels[-1])))
        x = levels.pop()
        for number in range(1, 5):
            step, beside = getattr(self, f"up{number}"), levels.pop()
            x = step["up"](x)
            rows, columns = beside.shape[2] - x.shape[2], beside.shape[3] - x.shape[3]
            x = nn.functional.pad(x, [columns // 2, columns - columns // 2, rows // 2, rows - rows // 2])
            x = step["conv"]["double_conv"](torch.cat([beside, x], 1))
        return self.outc["conv"](x)
