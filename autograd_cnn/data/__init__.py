"""Datasets, the loader that makes batches of them, and readers of the files they come from.

Everything here yields NumPy arrays; the layers of `autograd_cnn.nn` take them as they are.

>>> loader = DataLoader(MNIST("test", transform=Normalize(MNIST.MEAN, MNIST.STD)), batch_size=64)
>>> images, labels = next(iter(loader))
>>> images.shape, labels.shape
((64, 1, 28, 28), (64,))
"""

from autograd_cnn.data import transforms as transforms
from autograd_cnn.data.dataset import Dataset as Dataset
from autograd_cnn.data.dataset import Subset as Subset
from autograd_cnn.data.dataset import TensorDataset as TensorDataset
from autograd_cnn.data.dataset import default_collate as default_collate
from autograd_cnn.data.dataset import get_batch as get_batch
from autograd_cnn.data.dataset import random_split as random_split
from autograd_cnn.data.datasets import MNIST as MNIST
from autograd_cnn.data.datasets import ImageDataset as ImageDataset
from autograd_cnn.data.idx import read_idx as read_idx
from autograd_cnn.data.image import prepare_digit as prepare_digit
from autograd_cnn.data.image import read_digit as read_digit
from autograd_cnn.data.image import read_image as read_image
from autograd_cnn.data.loader import DataLoader as DataLoader
from autograd_cnn.data.transforms import Normalize as Normalize

__all__ = [
    "MNIST",
    "DataLoader",
    "Dataset",
    "ImageDataset",
    "Normalize",
    "Subset",
    "TensorDataset",
    "default_collate",
    "get_batch",
    "prepare_digit",
    "random_split",
    "read_digit",
    "read_idx",
    "read_image",
    "transforms",
]
