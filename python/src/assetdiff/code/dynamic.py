"""What can't be seen in source: each is told as a warning where it is mentioned."""

from __future__ import annotations

UNSEEN = "depends on something that can't be seen: "

BUILTIN_NAMES = {
    "__import__": "a module imported by __import__",
    "compile": "code compiled at run time",
    "delattr": "delattr with a computed name",
    "eval": "eval",
    "exec": "exec",
    "getattr": "getattr with a computed name",
    "globals": "globals()",
    "setattr": "setattr with a computed name",
}
ATTRIBUTE_FUNCTIONS = frozenset({"getattr", "setattr", "delattr"})

EXTERNAL_NAMES = {
    "annotationlib.call_annotate_function": "annotations, which do not count",
    "annotationlib.get_annotations": "annotations, which do not count",
    "builtins.__import__": "a module imported by __import__",
    "builtins.eval": "eval",
    "builtins.exec": "exec",
    "builtins.getattr": "getattr with a computed name",
    "importlib.__import__": "a module imported by __import__",
    "importlib.import_module": "a module imported by a computed name",
    "importlib.metadata.entry_points": "entry points of installed packages",
    "importlib.machinery.ExtensionFileLoader": "a module loaded from a file",
    "importlib.machinery.SourceFileLoader": "a module loaded from a file",
    "importlib.machinery.SourcelessFileLoader": "a module loaded from a file",
    "importlib.reload": "a module loaded again",
    "importlib.util.module_from_spec": "a module made at run time",
    "importlib.util.spec_from_file_location": "a module loaded from a file",
    "inspect.Signature.from_callable": "annotations, which do not count",
    "inspect.findsource": "source text, of which formatting does not count",
    "inspect.get_annotations": "annotations, which do not count",
    "inspect.getcomments": "comments, which do not count",
    "inspect.getdoc": "docstrings, which do not count",
    "inspect.getfullargspec": "annotations, which do not count",
    "inspect.getsource": "source text, of which formatting does not count",
    "inspect.getsourcelines": "source text, of which formatting does not count",
    "inspect.signature": "annotations, which do not count",
    "marshal.loads": "code loaded from bytes",
    "os.popen": "another program",
    "os.system": "another program",
    "pkgutil.iter_modules": "modules found at run time",
    "pkgutil.resolve_name": "an object imported by a computed name",
    "pkgutil.walk_packages": "modules found at run time",
    "pydoc.locate": "an object imported by a computed name",
    "runpy.run_module": "a module run by name",
    "runpy.run_path": "a file run by name",
    "subprocess.Popen": "another program",
    "subprocess.call": "another program",
    "subprocess.check_call": "another program",
    "subprocess.check_output": "another program",
    "subprocess.run": "another program",
    "sys._getframe": "the frames of its callers",
    "inspect.currentframe": "the frames of its callers",
    "inspect.stack": "the frames of its callers",
    "sys.modules": "sys.modules",
    "traceback.extract_stack": "the frames of its callers",
    "traceback.format_stack": "the frames of its callers",
    "traceback.walk_stack": "the frames of its callers",
    "types.CodeType": "code made at run time",
    "types.FunctionType": "a function made at run time",
    "types.MethodType": "a method bound at run time",
    "types.ModuleType": "a module made at run time",
    "typing.get_type_hints": "annotations, which do not count",
    "unittest.mock.patch": "a mock",
}

ATTRIBUTE_NAMES = {
    "__annotations__": "annotations, which do not count",
    "__closure__": "the closure of a function",
    "__code__": "the code of a function",
    "__doc__": "docstrings, which do not count",
    "__globals__": "the globals of a function",
    "__subclasses__": "the subclasses of a class",
}
READS_ANNOTATIONS = frozenset(
    {"__annotations__", *(name for name, what in EXTERNAL_NAMES.items() if what == ATTRIBUTE_NAMES["__annotations__"])}
)
