"""Models behind their seams: files, embedders, language models, readers of pairs."""
