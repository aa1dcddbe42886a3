"""Dataset-learning duality: the library behind the workflow.

It knows nothing of Snakemake: files come in as paths, parameters as values.
Equation numbers are those of Kukleva & Vanchurin, arXiv:2405.17391.
"""
