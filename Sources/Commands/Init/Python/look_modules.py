"""What one file of Python has: functions, classes, constants, options of its command line, and who calls what."""

import ast

from look_functions import FUNCTIONS, describe, locals_of, names_in, value_call
from look_names import MISSING, Imports, Scope, constant

MOST_CALLS = 200


def read(path, source, module):
    """Raises what `ast.parse` does for what isn't Python."""
    tree = ast.parse(source)
    imports = Imports(module, path.endswith("__init__.py"))
    options = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            imports.add(node)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", None) in ("add_argument", "option", "Option"):
            options.append(node)
    own = {node.name for node in tree.body if isinstance(node, FUNCTIONS + (ast.ClassDef,))}
    scope = Scope(imports, own)
    facts = {
        "file": path,
        "module": module,
        "imports": imports.found,
        "names": imports.names,
        "functions": [],
        "classes": [],
        "constants": [],
        "options": [],
        "calls": [],
    }
    reader = Reader(facts, scope)
    reader.body(tree.body)
    reader.calls(tree, None, scope)
    for node in options:
        reader.option(node, scope)
    return facts


class Reader:
    def __init__(self, facts, scope):
        self.facts, self.scope = facts, scope

    def body(self, statements):
        for node in statements:
            if isinstance(node, FUNCTIONS):
                self.facts["functions"].append(describe(node, self.scope))
            elif isinstance(node, ast.ClassDef):
                self.type(node)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                self.assignment(node)
            elif isinstance(node, (ast.If, ast.Try)) and not is_main(node):
                self.body(node.body)
                for handler in getattr(node, "handlers", []):
                    self.body(handler.body)
                self.body(node.orelse)

    def type(self, node):
        methods = [child for child in node.body if isinstance(child, FUNCTIONS)]
        described = [describe(method, self.scope, node.name) for method in methods]
        made = next((method for method in described if method["name"].endswith(".__init__")), None)
        fields = [] if made or not self.is_dataclass(node) else self.fields(node)
        self.facts["classes"].append(
            {
                "name": node.name,
                "line": node.lineno,
                "bases": [name for name in (self.scope.dotted(base) for base in node.bases) if name],
                "parameters": made["parameters"] if made else fields,
                "takesAny": bool(made and made["takesAny"]),
                "hasInit": made is not None or bool(fields),
                "methods": [method for method in described if "__" not in method["name"]],
            }
        )

    def is_dataclass(self, node):
        return any((self.scope.dotted(getattr(item, "func", item)) or "").endswith("dataclass") for item in node.decorator_list)

    @staticmethod
    def fields(node):
        fields = []
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                value = MISSING if item.value is None else constant(item.value)
                fields.append(
                    {
                        "name": item.target.id,
                        "required": item.value is None,
                        "default": None if value is MISSING else value,
                        "hasConstant": value is not MISSING,
                        "annotation": item.annotation.id if isinstance(item.annotation, ast.Name) else None,
                        "uses": [],
                    }
                )
        return fields

    def assignment(self, node):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = MISSING if node.value is None else constant(node.value)
        if value is MISSING or len(self.facts["constants"]) >= 200:
            return
        for target in targets:
            if isinstance(target, ast.Name) and not target.id.startswith("__"):
                self.facts["constants"].append({"name": target.id, "value": value, "line": node.lineno})

    def calls(self, node, within, scope):
        """The calls of a body and of the functions in it, with the variables that their results go to."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FUNCTIONS):
                self.calls(child, child.name, Scope(scope.imports, scope.own, locals_of(child, self.scope)))
                continue
            targets = {}
            if isinstance(child, ast.Assign) and len(child.targets) == 1:
                targets = names_in(child.targets[0], ())
            if isinstance(child, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)) and child.value is not None:
                self.call(child.value, targets, within, scope, isinstance(child, ast.Return))
            if not isinstance(child, (ast.expr, ast.Assign, ast.Return, ast.Expr)):
                self.calls(child, within, scope)

    def call(self, value, targets, within, scope, is_returned):
        function = value_call(value)
        node = value
        while isinstance(node, ast.Call) and node.func is not function:
            node = node.func.value
        name = scope.dotted(function) if function is not None else None
        if not name or name.startswith(".") or len(self.facts["calls"]) >= MOST_CALLS:
            return
        arguments = [argument(item, None, scope) for item in node.args if not isinstance(item, ast.Starred)]
        arguments += [argument(item.value, item.arg, scope) for item in node.keywords if item.arg]
        self.facts["calls"].append(
            {
                "name": name,
                "line": value.lineno,
                "within": within,
                "targets": targets,
                "isReturned": is_returned,
                "arguments": arguments,
            }
        )

    def option(self, node, scope):
        """`parser.add_argument("--lr", default=0.1)`, and click's `@click.option`."""
        name = scope.dotted(node.func) or ""
        if not (name.endswith(".add_argument") or name in ("click.option", "typer.Option")):
            return
        names = [item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        given = {keyword.arg: constant(keyword.value) for keyword in node.keywords if keyword.arg}
        if not names:
            return
        name = next((name for name in names if name.startswith("--")), names[0])
        destination = given.get("dest", MISSING)
        default = given.get("default", MISSING)
        self.facts["options"].append(
            {
                "name": (name if destination is MISSING else str(destination)).lstrip("-").replace("-", "_"),
                "value": None if default is MISSING else default,
                "hasValue": default is not MISSING,
                "line": node.lineno,
            }
        )


def argument(node, keyword, scope):
    value = constant(node)
    call = value_call(node)
    name = None
    if isinstance(node, ast.Name):
        name = node.id
    elif isinstance(node, ast.Attribute):
        name = node.attr
    return {
        "keyword": keyword,
        "name": name,
        "hasValue": value is not MISSING,
        "value": None if value is MISSING else value,
        "call": scope.dotted(call) if call is not None else None,
    }


def is_main(node):
    test = getattr(node, "test", None)
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"
