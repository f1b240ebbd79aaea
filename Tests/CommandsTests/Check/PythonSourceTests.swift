import Testing

@testable import Commands

@Suite struct PythonSourceTests {
    static let text = #"""
        """A module.

        def in_a_docstring(): pass
        """
        import numpy as np, os.path
        from torch.nn import (
            Linear,
            Module as Base,  # def in_a_comment():
        )

        RATE, DEPTH = 0.1, 3
        name: str = 'def in_a_string(): '


        def load(site, *, share=0.8, path="a,b"):
            def nested(x):
                return x
            return site


        async def stream(
            first,
            second: dict[str, int] = {"a": 1, "b": 2},
            /,
            *rest,
        ): ...

        @decorated(1)
        def wrapped(x): ...

        def anything(x, **options): ...

        if True:
            def conditional(a): ...
        else:
            fallback = None

        class Net(Base):
            size = 3
            def __init__(self, width, depth=2): ...
            @staticmethod
            def make(width): ...
            def train(self, data): ...

        class Bare: pass
        last = lambda x: x
        """#

    let source = PythonSource(Self.text, file: "m.py")

    @Test("definitions are found with their lines")
    func definitions() {
        let lines = source.definitions.mapValues(\.line)
        #expect(lines["load"] == 15)
        #expect(lines["stream"] == 21)
        #expect(lines["conditional"] == 34)
        #expect(lines["Net"] == 38)
        #expect(lines["Net.train"] == 43)
        for name in ["np", "os", "Linear", "Base", "RATE", "DEPTH", "name", "fallback", "last", "Net.size", "Bare"] {
            #expect(source.definitions[name] != nil, "\(name)")
        }
    }

    @Test("what only looks like a definition is none")
    func noDefinitions() {
        for name in ["in_a_docstring", "in_a_comment", "in_a_string", "nested", "Module", "site"] {
            #expect(source.definitions[name] == nil, "\(name)")
        }
        #expect(source.inner["nested"] == 16)
        #expect(!source.isOpen)
    }

    @Test("parameters are told where they can be")
    func parameters() {
        #expect(source.definitions["load"]?.parameters == ["site", "share", "path"])
        #expect(source.definitions["stream"]?.parameters == ["first", "second"])
        #expect(source.definitions["conditional"]?.parameters == ["a"])
        #expect(source.definitions["Net"]?.parameters == ["width", "depth"])
        #expect(source.definitions["Net.train"]?.parameters == ["data"])
        for name in ["wrapped", "anything", "Bare", "last", "Linear", "Net.make"] {
            #expect(source.definitions[name]?.parameters == nil, "\(name)")
        }
    }

    @Test("a module that takes names from elsewhere says so")
    func open() {
        #expect(PythonSource("from x import *\n", file: "m.py").isOpen)
        #expect(PythonSource("def __getattr__(name): ...\n", file: "m.py").isOpen)
    }

    @Test(
        "broken source ends, whatever it is",
        arguments: ["'", "\"\"\"", "def", "class", "def (", "\\", "((((", "@", "\t\u{C}x=", "a = '\\"]
    )
    func broken(text: String) {
        _ = PythonSource(text, file: "m.py")
        _ = PythonSource("def f(a):\r\n  pass\r\n" + text, file: "m.py")
    }

    @Test("Windows line ends count as one")
    func carriageReturns() {
        #expect(PythonSource("import a\r\n\r\ndef f(): pass\r\n", file: "m.py").definitions["f"]?.line == 3)
    }
}
