import Artifacts
import Testing

/// Where symbolic links of a revision may lead.
@Suite struct LinkTests {
    @Test(arguments: [
        ("link", "a"), ("a/link", "../b"), ("a/b/link", "../../c/d"), ("link", "."), ("a/link", "./../b"),
    ])
    func staysInside(path: String, target: String) {
        #expect(RelativePath.staysInside(link: path, target: target))
    }

    /// The last ones look harmless by their parts alone; were `a/b/c` a link to `d`, each would climb out of the root.
    @Test(arguments: [
        ("link", "/etc"), ("link", ""), ("link", ".."), ("a/link", "../../x"), ("link", "a/b/c/../.."),
        ("a/link", "b/c/../../x"),
    ])
    func leadsOut(path: String, target: String) {
        #expect(!RelativePath.staysInside(link: path, target: target))
    }
}
