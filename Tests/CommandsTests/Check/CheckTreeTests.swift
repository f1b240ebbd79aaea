import Core
import Foundation
import TestSupport
import Testing

@testable import Commands

/// What `fedops check` finds around the flow: in Git, in the requirements, and in the functions' parameters.
@Suite struct CheckTreeTests {
    private static let flow = """
        task: digits
        runtime: {requirements: requirements.txt}
        stages:
          data: work:load
          model: work:make
          train: work:fit
          evaluate: {call: work:score, with: {test: $data.X}}
        settings: {rate: 1}

        """

    private func tree(_ fixture: Fixture) throws {
        try fixture.write(Self.flow, to: "fedops.yaml")
        try fixture.write("scikit-learn\n-r more.txt\n", to: "requirements.txt")
        try fixture.write("torch  # for later\n", to: "more.txt")
        try fixture.write("import cv2\n", to: "helper.py")
        try fixture.write(
            """
            import os, numpy, sklearn.svm
            import helper

            def load():
                return X, y

            def make(width): ...

            def fit(model, X, y, rat, epochs, momentum=0.9): ...

            def score(model, test): ...
            """,
            to: "work.py"
        )
    }

    @Test("parameters that nothing fills in, and imports that nothing requires")
    func parameters() async throws {
        try await withFixture { fixture in
            try tree(fixture)
            let (status, recorder) = await command("check", fixture.folder.path)
            #expect(status == 1)
            #expect(
                recorder.out.contains("stages.model.call: nothing fills in the parameter width of make (work.py:7)")
            )
            #expect(recorder.out.contains("nothing fills in the parameter rat of fit (work.py:9); did you mean rate?"))
            #expect(
                recorder.out.contains(
                    "helper.py:1 imports cv2, which requirements.txt doesn't name (add opencv-python-headless)"
                )
            )
            #expect(recorder.out.contains("2 errors, 1 warning"), "\(recorder.out)")
        }
    }

    @Test("what Git doesn't have, or ignores, and what comes next")
    func git() async throws {
        try await withFixture { fixture in
            try tree(fixture)
            try fixture.write("def fit(model, X, y): ...\n", to: "work.py")
            func git(_ arguments: String...) async throws {
                let who = ["-c", "user.name=A. Author", "-c", "user.email=author@example.org"]
                try await requireProcess("git", who + arguments, in: fixture.folder)
            }
            try await git("init", "--quiet")
            try fixture.write("requirements.txt\n", to: ".gitignore")
            try await git("add", "fedops.yaml", ".gitignore")
            try await git("commit", "--quiet", "-m", "Start")
            let (_, recorder) = await command("check", fixture.folder.path)
            #expect(
                recorder.out.contains("requirements.txt is ignored by Git: no revision will have it"),
                "\(recorder.out)"
            )
            #expect(recorder.out.contains("warning: stages.train.call: work.py isn't committed (git add work.py)"))
            try fixture.write("", to: ".gitignore")
            try await git("add", "--all")
            try await git("commit", "--quiet", "-m", "All")
            #expect(await command("check", fixture.folder.path).recorder.out.contains("no tag yet"))
            try await git("tag", "v1")
            let tagged = await command("check", fixture.folder.path).recorder.out
            for hint in ["no tag", "by Git", "committed", "commit what"] {
                #expect(!tagged.contains(hint), "\(tagged)")
            }
        }
    }
}
