"""Side-by-side benchmarks against the peers: `make bench`, read `README.md`."""
