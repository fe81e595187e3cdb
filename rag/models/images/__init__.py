"""Image encoders: the bundled small one for likeness, and any joint one for words and pictures, as ONNX."""
