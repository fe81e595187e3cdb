"""The run of a head: network, batches, losses, the loop with its checkpoints and its curve, its file."""
