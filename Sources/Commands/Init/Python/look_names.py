"""What the names in a module stand for: `optim.SGD` is `torch.optim.SGD` after `from torch import optim`."""

import ast


class Imports:
    def __init__(self, module, is_package):
        self.module, self.is_package = module, is_package
        self.names = {}
        self.found = []  # of the whole file, for requirements

    def add(self, node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.found.append({"module": alias.name, "line": node.lineno})
                if alias.asname:
                    self.names[alias.asname] = alias.name
                else:
                    top = alias.name.split(".")[0]
                    self.names[top] = top
        elif isinstance(node, ast.ImportFrom):
            base = self.base(node)
            if not node.level:
                self.found.append({"module": base, "line": node.lineno})
            for alias in node.names:
                self.names[alias.asname or alias.name] = base + "." + alias.name if base else alias.name

    def base(self, node):
        if not node.level:
            return node.module or ""
        parts = self.module.split(".") if self.module else []
        drop = node.level - (1 if self.is_package else 0)
        parts = parts[: len(parts) - drop] if drop else parts
        return ".".join(parts + ([node.module] if node.module else []))


class Scope:
    """The names of a module, and of the functions around a place in it."""

    def __init__(self, imports, own, local=None):
        self.imports, self.own, self.local = imports, own, local or {}

    def dotted(self, node):
        """The whole name of what is called; `.name` for a method of something that isn't known, else None."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Name):
            name = node.id
            if name in self.local:
                made = self.local[name]
                return "." + parts[0] if parts else made
            if name in self.imports.names:
                return ".".join([self.imports.names[name]] + parts[::-1])
            if name in self.own:
                return ".".join(([self.imports.module] if self.imports.module else []) + [name] + parts[::-1])
            return "." + parts[0] if parts else name
        return "." + parts[0] if parts else None


MISSING = object()


def constant(node):
    """The value of a literal that JSON can hold, else MISSING."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return MISSING
    return value if plain(value) else MISSING


def plain(value, depth=0):
    if value is None or isinstance(value, (bool, str)):
        return not isinstance(value, str) or len(value) <= 200
    if isinstance(value, (int, float)):
        return abs(value) < 1e300 if isinstance(value, float) else abs(value) < 1 << 53
    if isinstance(value, (list, tuple)):
        return len(value) <= 20 and depth < 3 and all(plain(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return len(value) <= 20 and depth < 3 and all(isinstance(k, str) and plain(v, depth + 1) for k, v in value.items())
    return False
