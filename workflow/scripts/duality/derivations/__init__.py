"""The paper's derivations, equation by equation: a module per section, a function `equation_S_N` per equation."""
