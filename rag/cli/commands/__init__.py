"""The commands, one file each: options in, the core called, results shown."""
