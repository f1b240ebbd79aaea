/// Plots as one SVG picture, one below the other.
package enum PlotFile {
    private static let (width, height, margin) = (640.0, 220.0, 48.0)

    package static func svg(_ plots: [Plot]) -> String {
        let drawn = plots.filter { !$0.points.isEmpty }
        let panels = drawn.enumerated().map { panel($1, top: Double($0) * height) }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height) * max(1, drawn.count))" \
            font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            \(panels.joined(separator: "\n"))
            </svg>

            """
    }

    private static func panel(_ plot: Plot, top: Double) -> String {
        let bounds = plot.bounds
        let first = plot.points.first?.x ?? 0
        let span = max(1, (plot.points.last?.x ?? 0) - first)
        let places = plot.points.map { point in
            (
                x: margin + 20 + (width - 2 * margin - 20) * Double(point.x - first) / Double(span),
                y: top + height - margin - (height - 2 * margin) * (point.y - bounds.lowerBound)
                    / (bounds.upperBound - bounds.lowerBound)
            )
        }
        func number(_ value: Double) -> String { Measures.number(value, digits: 2) }
        let line = places.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
        let dots =
            places.count > 60 ? [] : places.map { "<circle cx=\"\(number($0.x))\" cy=\"\(number($0.y))\" r=\"2.5\"/>" }
        let (left, bottom) = (margin + 20, top + height - margin)
        return """
            <text x="\(number(left))" y="\(number(top + 28))" font-weight="bold">\(escaped(plot.title))</text>
            <path d="M\(number(left)) \(number(top + margin))V\(number(bottom))H\(number(width - margin))" fill="none" \
            stroke="#888"/>
            <text x="\(number(left - 6))" y="\(number(top + margin + 4))" text-anchor="end">\(
                Measures.number(bounds.upperBound, digits: 4))</text>
            <text x="\(number(left - 6))" y="\(number(bottom + 4))" text-anchor="end">\(
                Measures.number(bounds.lowerBound, digits: 4))</text>
            <text x="\(number(left))" y="\(number(bottom + 18))">round \(first)</text>
            <text x="\(number(width - margin))" y="\(number(bottom + 18))" text-anchor="end">\(first + span)</text>
            <g fill="#1f77b4"><polyline points="\(line)" fill="none" stroke="#1f77b4" stroke-width="2"/>\(dots.joined())</g>
            """
    }

    private static func escaped(_ text: String) -> String {
        SafeText.line(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
