"""Numeric kernels compiled by numba, each with the signature and the answers of its numpy definition.

numba is the optional extra `speed`; this package imports without it and says so only when a kernel is used.
"""
