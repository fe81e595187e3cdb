"""What a text asserts of the things it names: denied, supposed, past, of a relative, and how far a cue
reaches.
"""
