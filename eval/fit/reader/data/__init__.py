"""What the reader learns from: public sets that may ship, and what programs make of clinical texts."""
