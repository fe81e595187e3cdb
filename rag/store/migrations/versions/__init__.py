"""The revisions, in order: ``rNNNN_what_it_does.py`` holds revision ``NNNN``, which follows the number
before."""
