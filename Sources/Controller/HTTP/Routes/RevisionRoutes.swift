import API
import Artifacts
import Core
import Foundation
import Hummingbird
import Store

extension RouteTable {
    func addRevisions(_ controller: Services) {
        json(.listRevisions) { _, context in
            let task = context.parameter("task")
            _ = try controller.tasks.entry(task)
            return Listing(try controller.site.store.revisions(task))
        }
        json(.showRevision) { _, context in
            try controller.views.revision(context.parameter("task"), context.parameter("revision"))
        }
        json(.revisionProvenance) { _, context in
            let revision = try controller.views.revision(context.parameter("task"), context.parameter("revision"))
            let place = controller.site.folder.provenance(of: revision.task, revision: revision.number)
            guard revision.state == .ready, let data = FileManager.default.contents(atPath: place.path) else {
                throw Problem(
                    status: 404,
                    title: "revision \(revision.name) has no provenance",
                    detail: revision.state == .ready
                        ? "it was built by an older controller: a new tag on the same commit is built anew"
                        : "it is \(revision.state.rawValue); a revision that is ready has one"
                )
            }
            return try JSONDecoder().decode(SignedEnvelope.self, from: data)
        }
        json(.artifactKey) { _, _ in PublicKeyView(pem: controller.site.artifactKey.publicKey.pem) }
        on(.revisionLog) { request, context in
            let task = context.parameter("task")
            let revision = try controller.views.revision(task, context.parameter("revision"))
            let query = QueryReader(request: request)
            let after = try query.int("after", in: 0...Int.max) ?? query.lastEventID() ?? 0
            let log = BuildLogReader(controller.site.folder.log(of: task, revision: revision.number))
            guard try query.flag("follow") else {
                var cursor = BuildLogReader.Cursor(skipping: after)
                var lines: [BuildLogLine] = []
                while case let more = try log.read(&cursor), !more.isEmpty { lines += more }
                if revision.state.isFinal { lines += cursor.rest() }
                return try JSONAnswer.response(Listing(lines))
            }
            return RevisionLogStream.response(controller, revision, log, after: after)
        }
    }
}

/// Follows a build until it has ended.
enum RevisionLogStream {
    static func response(
        _ controller: Services,
        _ revision: RevisionView,
        _ log: BuildLogReader,
        after: Int
    ) -> Response {
        let topic = Topic.build(task: revision.task, revision: revision.number)
        let start = BuildLogReader.Cursor(skipping: after)
        return EventStream.response(controller.site.signals, on: topic, from: start) { cursor in
            // Read before the log: what the build wrote before it ended is there then.
            let now = try controller.views.revision(revision.task, String(revision.number))
            var lines = try log.read(&cursor)
            let ends = lines.isEmpty && now.state.isFinal
            if ends { lines = cursor.rest() }
            var events = try lines.map { try ServerSentEvent("line", id: String($0.number), $0) }
            if ends { events.append(try ServerSentEvent("end", now)) }
            return EventBatch(events: events, more: !lines.isEmpty && !ends, ends: ends)
        }
    }
}
