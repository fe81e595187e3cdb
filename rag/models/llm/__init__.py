"""Language models behind one seam: in process, on a server, by transformers."""
