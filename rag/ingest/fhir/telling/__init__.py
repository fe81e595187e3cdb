"""Resources in words: what each kind of resource is written as, with the facts that it states."""
