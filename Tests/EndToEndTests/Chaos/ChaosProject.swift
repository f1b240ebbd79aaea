import Foundation
import TestSupport

/// A small project in plain NumPy, in a Git repository of its own, that gets a new tag whenever the test wants one.
struct ChaosProject {
    let remote: URL
    let copy: URL
    private(set) var tags = 0

    init(in fixture: Fixture) async throws {
        remote = fixture.url("remote.git")
        copy = fixture.url("project")
        try await requireProcess("git", ["init", "--quiet", "--bare", "--initial-branch=main", remote.path])
        try await requireProcess("git", ["init", "--quiet", "--initial-branch=main", copy.path])
        try fixture.write(Self.flow, to: "project/fedops.yaml")
        try fixture.write("numpy\n", to: "project/requirements.txt")
        try fixture.write(Self.code, to: "project/line.py")
        try await git(["remote", "add", "origin", remote.path])
    }

    /// Commits a change, tags it, and pushes both.
    mutating func release() async throws {
        tags += 1
        try Data("\(tags)\n".utf8).write(to: copy.appending(path: "CHANGES"))
        try await git(["add", "--all"])
        try await git(["commit", "--quiet", "-m", "Change \(tags)"])
        try await git(["tag", "-a", "v1.\(tags).0", "-m", "v1.\(tags).0"])
        try await git(["push", "--quiet", "--follow-tags", "origin", "main"])
    }

    private func git(_ arguments: [String]) async throws {
        try await requireProcess(
            "git",
            ["-c", "user.name=test", "-c", "user.email=test@localhost"] + arguments,
            in: copy,
            environment: ["GIT_CONFIG_GLOBAL": "/dev/null"]
        )
    }

    private static let flow = """
        task: line
        runtime:
          kind: python
          requirements: requirements.txt
        stages:
          data:
            call: line:load
          model:
            call: line:start
          train:
            call: line:fit
          evaluate:
            call: line:score
        rounds:
          count: 12
          deadline: 40s
        participants:
          clients:
            minimum: 2
            wait: 4s
        rollout:
          waves: [1]
          health: 60s
        """

    /// Fits y = 3x + 1 by gradient descent: slow enough, at two hundredths of a second a step, to be killed at work.
    private static let code = """
        import time
        import numpy as np


        def load(node):
            generator = np.random.default_rng(abs(hash(node)) % 1000)
            x = generator.normal(size=(200, 1))
            return {"x": x, "y": 3 * x[:, 0] + 1 + generator.normal(scale=0.1, size=200)}


        def start():
            return {"weight": np.zeros(1), "bias": np.zeros(1)}


        def fit(model, x, y, epochs):
            for _ in range(10 * epochs):
                time.sleep(0.02)
                error = x @ model["weight"] + model["bias"] - y
                model["weight"] = model["weight"] - 0.1 * (x.T @ error) / len(y)
                model["bias"] = model["bias"] - 0.1 * error.mean(keepdims=True)
            return model, {"loss": float((error ** 2).mean()), "examples": len(y)}


        def score(model, x, y):
            error = x @ model["weight"] + model["bias"] - y
            return {"loss": float((error ** 2).mean()), "examples": len(y)}
        """
}
