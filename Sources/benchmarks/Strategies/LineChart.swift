import Foundation

/// Curves over whole numbers from 0, as SVG.
struct LineChart {
    private static let colours = ["#c0392b", "#7f8c8d", "#2471a3", "#1e8449"]
    private static let width = 720.0
    private static let height = 400.0
    private static let left = 50.0
    private static let bottom = 40.0
    private static let top = 40.0

    let title: String
    let curves: [(name: String, values: [Double])]

    var svg: String {
        let highest = max(curves.flatMap(\.values).max() ?? 1, 0.001).rounded(.up)
        let count = max((curves.map(\.values.count).max() ?? 1) - 1, 1)
        func x(_ index: Int) -> Double { Self.left + Double(index) / Double(count) * (Self.width - Self.left - 20) }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - min(value, highest) / highest * (Self.height - Self.bottom - Self.top)
        }
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" font-family="sans-serif" \
            font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            <text x="\(Int(Self.left))" y="20" font-size="14">\(title)</text>
            """
        ]
        for step in 0...4 {
            let value = highest * Double(step) / 4
            parts.append(
                """
                <line x1="\(text(x(0)))" x2="\(text(x(count)))" y1="\(text(y(value)))" y2="\(text(y(value)))" stroke="#dddddd"/>
                <text x="\(Int(Self.left) - 8)" y="\(text(y(value) + 4))" text-anchor="end">\(text(value))</text>
                """
            )
            let round = count * step / 4
            parts.append(
                #"<text x="\#(text(x(round)))" y="\#(text(Self.height - 18))" text-anchor="middle">\#(round)</text>"#
            )
        }
        for (index, curve) in curves.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            let points = curve.values.enumerated().map { "\(text(x($0))),\(text(y($1)))" }.joined(separator: " ")
            parts.append(#"<polyline fill="none" stroke="\#(colour)" stroke-width="1.5" points="\#(points)"/>"#)
            let line = Self.top + 14 + Double(index) * 16
            parts.append(
                #"<text x="\#(Int(Self.width) - 230)" y="\#(text(line))" fill="\#(colour)">\#(curve.name)</text>"#
            )
        }
        return parts.joined(separator: "\n") + "\n</svg>\n"
    }

    private func text(_ number: Double) -> String {
        let rounded = (number * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }
}
