import API

/// What a caller asked for and can't have, in the words that it is answered with.
enum RequestError {
    static func noTask(_ name: String) -> Problem {
        Problem(status: 404, title: "there is no task \"\(name)\"", detail: "fedops task ls lists the tasks")
    }

    static func noNode(_ name: String) -> Problem {
        Problem(status: 404, title: "there is no node \"\(name)\"", detail: "fedops node ls lists the nodes")
    }

    static func missing(_ what: String, _ name: String, of task: String) -> Problem {
        Problem(
            status: 404,
            title: "task \(task) has no \(what) \"\(name)\"",
            detail: "fedops \(what) ls \(task) lists what it has"
        )
    }

    static func conflict(_ title: String, _ detail: String? = nil) -> Problem {
        Problem(status: 409, title: title, detail: detail)
    }

    /// A body that is well-formed and doesn't make sense: every mistake at once.
    static func invalid(_ what: String, _ errors: [String]) -> Problem {
        Problem(status: 422, title: "\(what) isn't valid", detail: errors.first, errors: errors)
    }
}
