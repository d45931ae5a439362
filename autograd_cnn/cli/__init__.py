"""The command line: arguments in, text out. What it does is done by `autograd_cnn.training`."""
