"""One small wrapper over both TFLite interpreters: `ai-edge-litert` and `tflite-runtime`."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio.errors import ModelError, SpecError
from studio.inference.model import Runtime

_MODULES: dict[Runtime, tuple[str, str]] = {
    "litert": ("ai_edge_litert.interpreter", "ai-edge-litert"),
    "tflite-runtime": ("tflite_runtime.interpreter", "tflite-runtime"),
}


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or output of an opened model.

    Attributes:
        index: of the tensor, as the interpreter counts.
        name: as stored.
        shape: after allocation.
        dtype: NumPy's name of it.
        scale: of its quantization; 0.0 without.
        zero_point: of its quantization.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int


class TfliteInterpreter:
    """An opened model: write inputs, invoke, read outputs.

    Args:
        path: of the .tflite file.
        runtime: which library runs it.
        threads: inference threads, 1 or more.
        xnnpack: whether to use the XNNPACK delegate; dropped with a warning when it refuses.
        input_shape: to set when the file leaves the size open; None keeps the file's.
        content: of the model, in place of the file's; `path` then only names it.

    Raises:
        ModelError: the runtime refuses the file, or an operator of it.
        SpecError: the runtime is not installed, or the options make no sense.
    """

    def __init__(
        self,
        path: Path,
        runtime: Runtime,
        threads: int = 1,
        xnnpack: bool = True,
        input_shape: tuple[int, ...] | None = None,
        content: bytes | None = None,
    ) -> None:
        if threads < 1:
            raise SpecError(
                f"At least 1 inference thread is needed, {threads} were asked for.",
                remedy="Set threads to 1 or more.",
            )
        self._path = path
        self._threads = threads
        self._input_shape = input_shape
        self._content = content  # the runtime reads weights from it as long as it lives
        self._module = load_runtime(runtime)
        self.warnings: tuple[str, ...] = ()
        self.version = importlib.metadata.version(_MODULES[runtime][1])
        self._interpreter = self._open_with_fallback(xnnpack)
        self.delegated_ops_ratio = self._delegated_ops_ratio()
        if xnnpack and not self.delegated_ops_ratio and not self.warnings:
            self.warnings = (_without_xnnpack(runtime),)
        self.inputs = _specs(self._interpreter.get_input_details())
        self.outputs = _specs(self._interpreter.get_output_details())
        self._views: dict[int, Callable[[], NDArray[Any]]] = {
            spec.index: self._interpreter.tensor(spec.index)
            for spec in (*self.inputs, *self.outputs)
        }

    def view(self, spec: TensorSpec) -> NDArray[Any]:
        """The interpreter's own memory of a tensor; let go of it before `invoke`."""
        view = self._views[spec.index]()
        assert isinstance(view, np.ndarray)
        return view

    def invoke(self) -> None:
        """Run the network once.

        Raises:
            ModelError: an operator failed.
        """
        try:
            self._interpreter.invoke()
        except (RuntimeError, ValueError, MemoryError) as error:
            raise _refusal(self._path, error) from error

    def _open_with_fallback(self, xnnpack: bool) -> Any:
        if not xnnpack:
            return self._open(xnnpack=False)
        try:
            return self._open(xnnpack=True)
        except ModelError as refused:
            if "elegate" not in refused.details:
                raise
            interpreter = self._open(xnnpack=False)
            self.warnings = (
                "XNNPACK cannot run this model, so it runs without and is slower"
                f" ({_first_line(refused.details)}).",
            )
            return interpreter

    def _open(self, xnnpack: bool) -> Any:
        resolver = self._module.OpResolverType
        source = {"model_path": str(self._path)}
        try:
            interpreter = self._module.Interpreter(
                **(source if self._content is None else {"model_content": self._content}),
                num_threads=self._threads,
                experimental_op_resolver_type=(
                    resolver.BUILTIN if xnnpack else resolver.BUILTIN_WITHOUT_DEFAULT_DELEGATES
                ),
            )
            if self._input_shape is not None:
                index = interpreter.get_input_details()[0]["index"]
                interpreter.resize_tensor_input(index, self._input_shape)
            interpreter.allocate_tensors()
        except (RuntimeError, ValueError, MemoryError) as error:
            raise _refusal(self._path, error) from error
        return interpreter

    def _delegated_ops_ratio(self) -> float:
        """Share of the file's operators that a delegate took over, from the executed graph."""
        read = getattr(self._interpreter, "_get_ops_details", None)
        if read is None:
            return 0.0
        ops = read()
        delegates = [op for op in ops if "delegate" in op["op_name"].lower()]
        own = [op for op in ops if op not in delegates]
        producer = {int(out): number for number, op in enumerate(own) for out in op["outputs"]}
        taken: set[int] = set()
        for delegate in delegates:
            boundary = {int(index) for index in delegate["inputs"]}
            pending = [int(index) for index in delegate["outputs"]]
            while pending:
                index = pending.pop()
                number = producer.get(index)
                if index in boundary or number is None or number in taken:
                    continue
                taken.add(number)
                pending.extend(int(i) for i in own[number]["inputs"])
        return len(taken) / len(own) if own else 0.0


def load_runtime(runtime: Runtime) -> Any:
    """Import a runtime; the second time costs nothing.

    Returns:
        Its module.

    Raises:
        SpecError: it is not installed.
    """
    if runtime not in _MODULES:
        raise SpecError(
            f"The runtime must be one of {', '.join(_MODULES)}; {runtime!r} was asked for."
        )
    module, package = _MODULES[runtime]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SpecError(
            f"The runtime {runtime} is not installed on this computer.",
            remedy=f"Install the package {package}, or choose another runtime.",
            details=repr(error),
        ) from error


def _without_xnnpack(runtime: Runtime) -> str:
    """Why nothing runs on XNNPACK although it was asked for."""
    if runtime == "tflite-runtime":
        return (
            "tflite-runtime has no XNNPACK for quantized models, so this one runs many times"
            " slower than on LiteRT."
        )
    return "XNNPACK takes over none of this model's operators, so it runs slower."


def _specs(details: list[dict[str, Any]]) -> tuple[TensorSpec, ...]:
    return tuple(
        TensorSpec(
            index=int(detail["index"]),
            name=str(detail["name"]),
            shape=tuple(int(size) for size in detail["shape"]),
            dtype=np.dtype(detail["dtype"]).name,
            scale=float(detail["quantization"][0]),
            zero_point=int(detail["quantization"][1]),
        )
        for detail in details
    )


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else "no reason given"


def _refusal(path: Path, error: Exception) -> ModelError:
    """Put a runtime's refusal into words."""
    text = str(error)
    custom = re.search(r"unresolved custom op: ([\w:/-]+)", text)
    builtin = re.search(r"op(?:code)? for builtin opcode '?(\w+)'? version '?(\d+)", text)
    if custom:
        return ModelError(
            f"{path.name} needs the operator {custom[1]}, which this runtime does not have.",
            remedy="Export the model with built-in TFLite operators only.",
            details=text,
        )
    if builtin:
        return ModelError(
            f"{path.name} needs the operator {builtin[1]} in version {builtin[2]}, which this"
            " runtime is too old for.",
            remedy="Choose the other runtime (LiteRT is the newer one).",
            details=text,
        )
    return ModelError(
        f"The runtime cannot run {path.name}: {_first_line(text)}",
        remedy="Try the other runtime, or export the model again.",
        details=text,
    )
