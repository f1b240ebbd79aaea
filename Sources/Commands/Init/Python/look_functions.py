"""What one function takes, does and gives back, as far as its text tells."""

import ast

from look_names import MISSING, Scope, constant

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def describe(node, scope, owner=None):
    """`owner` is the class's name, for a method."""
    is_static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in node.decorator_list)
    parameters = parameters_of(node.args)
    if owner and not is_static:
        parameters = parameters[1:]
    inner = {child.name for child in node.body if isinstance(child, FUNCTIONS)}
    local = locals_of(node, scope)
    here = Scope(scope.imports, scope.own, local)
    uses = Uses({parameter["name"] for parameter in parameters}, here)
    for child in node.body:
        uses.visit(child)
    for parameter in parameters:
        parameter["uses"] = sorted(uses.of.get(parameter["name"], ()))
    return {
        "name": (owner + "." if owner else "") + node.name,
        "line": node.lineno,
        "decorators": [name for name in (here.dotted(decorator(item)) for item in node.decorator_list) if name],
        "parameters": parameters,
        "takesAny": node.args.kwarg is not None,
        "calls": sorted(uses.calls),
        "keywords": sorted(uses.keywords),
        "returns": returns_of(node, here, inner),
        "inner": sorted(inner),
    }


def decorator(node):
    return node.func if isinstance(node, ast.Call) else node


def parameters_of(args):
    positional = list(getattr(args, "posonlyargs", [])) + args.args
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    found = [parameter(*pair) for pair in zip(positional, defaults)]
    return found + [parameter(*pair) for pair in zip(args.kwonlyargs, args.kw_defaults)]


def parameter(arg, default):
    value = MISSING if default is None else constant(default)
    return {
        "name": arg.arg,
        "required": default is None,
        "default": None if value is MISSING else value,
        "hasConstant": value is not MISSING,
        "annotation": annotation(arg.annotation),
        "uses": [],
    }


def annotation(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    while isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def locals_of(node, scope):
    """Variables of the function, and what was called to make them; kept, as it is asked for twice."""
    made = getattr(node, "fedops_locals", None)
    if made is not None:
        return made
    made = node.fedops_locals = {}
    for child in ast.walk(node):
        if isinstance(child, ast.Assign) and len(child.targets) == 1 and isinstance(child.targets[0], ast.Name):
            call = value_call(child.value)
            made[child.targets[0].id] = scope.dotted(call) if call is not None else None
    # A local function or an argument isn't the module's of the same name.
    for argument in parameters_of(node.args):
        made.setdefault(argument["name"], None)
    return made


def value_call(node):
    """What is called for a value; `Net().to(device)` is still a Net."""
    while isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in ("to", "cuda", "cpu", "double", "float", "train", "eval"):
            if isinstance(function.value, ast.Call):
                node = function.value
                continue
        return function
    return None


class Uses(ast.NodeVisitor):
    """The calls in a function's body, and what is done with its parameters."""

    def __init__(self, parameters, scope):
        self.parameters, self.scope = parameters, scope
        self.calls, self.keywords, self.of = set(), set(), {}

    def use(self, node, what):
        if isinstance(node, ast.Name) and node.id in self.parameters:
            self.of.setdefault(node.id, set()).add(what)

    def visit_Call(self, node):
        name = self.scope.dotted(node.func)
        if name:
            self.calls.add(name)
        self.keywords.update(keyword.arg for keyword in node.keywords if keyword.arg)
        self.use(node.func, "()")
        short = (name or "").rsplit(".", 1)[-1]
        for argument in node.args + [keyword.value for keyword in node.keywords]:
            self.use(argument, short + "()")
        self.generic_visit(node)

    def visit_Attribute(self, node):
        self.use(node.value, "." + node.attr)
        self.generic_visit(node)

    def visit_Subscript(self, node):
        self.use(node.value, "[]")
        self.use(node.slice, "index")
        self.generic_visit(node)

    def visit_For(self, node):
        self.use(node.iter, "for")
        self.generic_visit(node)

    def visit_comprehension(self, node):
        self.use(node.iter, "for")
        self.generic_visit(node)


def returns_of(node, scope, inner):
    """What its `return`s say: `names` as FedOps' own rule for the parts of the data (see docs/reference/stages.md), and
    the elements of the first."""
    values = [item.value for item in statements(node.body) if isinstance(item, ast.Return) and item.value is not None]
    if not values:
        yields = any(isinstance(child, (ast.Yield, ast.YieldFrom)) for child in ast.walk(node))
        return {"kind": "generator" if yields else "nothing", "elements": [], "names": {}}
    found = [names_in(value, ()) for value in values]
    agreed = found[0] if all(names == found[0] for names in found) else {}
    first = values[0]
    kind = "single"
    elements = [first]
    if isinstance(first, ast.Tuple):
        kind, elements = "tuple", first.elts
    elif isinstance(first, ast.Dict):
        kind = "dictionary"
    elif isinstance(first, ast.Lambda) or (isinstance(first, ast.Name) and first.id in inner):
        kind = "function"
    return {"kind": kind, "elements": [element(item, scope) for item in elements], "names": agreed}


def element(node, scope):
    call = value_call(node)
    made = scope.dotted(call) if call is not None else None
    if isinstance(node, ast.Name):
        made = scope.local.get(node.id)
    return {"name": node.id if isinstance(node, ast.Name) else None, "call": made}


def statements(body):
    for statement in body:
        if isinstance(statement, FUNCTIONS + (ast.ClassDef,)):
            continue
        yield statement
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.stmt):
                yield from statements([child])
            elif isinstance(child, ast.ExceptHandler) or type(child).__name__ == "match_case":
                yield from statements(child.body)


def names_in(node, path):
    if isinstance(node, ast.Name):
        return {node.id: list(path)}
    if isinstance(node, ast.Tuple):
        names = {}
        for index, item in enumerate(node.elts):
            if isinstance(item, ast.Starred):
                return {}
            names.update(names_in(item, path + (str(index),)))
        return names
    if isinstance(node, ast.Dict) and not path:
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        return {key: [key] for key in keys} if all(isinstance(key, str) for key in keys) else {}
    return {}
