"""Kernels: plain loops over columns, made into machine code on their first call and kept beside their source."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """The same function as machine code, which lets other threads run meanwhile.

    A kernel takes numbers and arrays, allocates little, raises nothing, and trusts its caller: row numbers must lie
    within the arrays. NUMBA_DISABLE_JIT=1 runs kernels as the Python that they are, NUMBA_BOUNDSCHECK=1 checks indexes.
    """
    return cast(Kernel, njit(cache=True, nogil=True, error_model="numpy")(kernel))
