import Core
import Foundation

/// Looks for the packages of the flow's trackers in its requirements.
struct TrackersCheck {
    let flow: Flow
    let folder: URL
    let places: FlowPlaces

    func run() -> [Diagnostic] {
        guard let trackers = flow.trackers, let named = RequirementNames.of(flow, in: folder) else { return [] }
        return trackers.enumerated().compactMap { index, tracker in
            let packages = tracker.name.packages
            guard named.isDisjoint(with: packages) else { return nil }
            return places.diagnostic(
                "trackers[\(index)]",
                severity: .warning,
                "the tracker \(tracker.name.rawValue) needs a package that \(flow.runtime.requirements ?? "runtime") doesn't name",
                hint: "add \(packages.joined(separator: " or ")) to runtime.requirements"
            )
        }
    }
}
