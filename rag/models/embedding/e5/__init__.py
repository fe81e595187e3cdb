"""The bundled multilingual-e5-small, from its 4-bit file to ONNX Runtime."""
