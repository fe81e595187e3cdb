"""Where documents come from and what is declared about them there: paths, sidecars, folders, a mirror."""
