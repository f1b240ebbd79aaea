import Aggregation
import ArgumentParser
import Foundation
import Tensors

/// Our contender, in its own process.
struct AggregationChild: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "aggregation-child", shouldDisplay: false)

    @Argument var folder: String
    @Argument var updates: Int
    @Argument var distinct: Int
    @Argument var output: String

    func run() throws {
        let clock = ContinuousClock()
        let files = URL(filePath: folder)
        let startCPU = cpuSeconds()
        let start = clock.now
        var average = try FedAvg(reference: SafetensorsFile(mapping: files.appending(path: "0.safetensors")))
        for index in 0..<updates {
            let update = try SafetensorsFile(mapping: files.appending(path: "\(index % distinct).safetensors"))
            try average.add(update, examples: AggregationOrder.weight(of: index))
        }
        let summed = clock.now
        try average.write(to: URL(filePath: output))
        let figures = AggregationFigures(
            sumSeconds: (summed - start).inSeconds,
            writeSeconds: (clock.now - summed).inSeconds,
            cpuSeconds: cpuSeconds() - startCPU,
            peakBytes: try peakBytes()
        )
        print(String(decoding: try JSONEncoder().encode(figures), as: UTF8.self))
    }
}
