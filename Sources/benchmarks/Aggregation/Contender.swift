import Foundation

/// One way of averaging, as a process.
struct Contender {
    let name: String
    /// Run once, not repeatedly.
    var isHeavy = false
    let child: (AggregationOrder) throws -> Child

    /// Where the contender stands that sums up in double precision with NumPy: the others' error is told beside it.
    static let exactIndex = 2
}

extension AggregationBenchmark {
    func contenders(_ python: URL) -> [Contender] {
        func peer(_ mode: String) -> (AggregationOrder) -> Child {
            { order in
                let weights = (0..<order.updates).map { String(AggregationOrder.weight(of: $0)) }
                let arguments = ["-c", Self.peers, mode] + order.arguments + [weights.joined(separator: ",")]
                return Child(program: python.path, arguments: arguments)
            }
        }
        let all = [
            Contender(name: "FedOps FedAvg, F64 sums") { try .ours(["aggregation-child"] + $0.arguments) },
            Contender(name: "NumPy, mapped, F32 sums in blocks", child: peer("f32")),
            Contender(name: "NumPy, mapped, F64 sums in blocks", child: peer("f64")),
            Contender(name: "NumPy, load_file, F32 sums", child: peer("load")),
            Contender(name: "Flower 1.41 aggregate()", isHeavy: true, child: peer("flower")),
        ]
        return withoutFlower ? all.dropLast() : all
    }

    /// NumPy as one would write it for speed (blocks that the cache holds, nothing copied), as one would write it at
    /// first, and what Flower does. None of them looks for Inf and NaN, and the blocks leave the bytes in the file.
    private static let peers = """
        import json, mmap, os, sys, time
        import numpy as np
        from safetensors.numpy import load_file, save_file
        mode, folder, updates, distinct, output, weights = sys.argv[1:]
        weights = [int(weight) for weight in weights.split(",")]
        paths = [f"{folder}/{index % int(distinct)}.safetensors" for index in range(int(updates))]
        if mode == "flower":
            from flwr.server.strategy.aggregate import aggregate
        BLOCK = 1 << 15
        def mapped(path):
            with open(path, "rb") as file:
                view = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
            length = int.from_bytes(view[:8], "little")
            for name, info in json.loads(view[8:8 + length]).items():
                count = int(np.prod(info["shape"]))
                start = 8 + length + info["data_offsets"][0]
                yield name, info["shape"], np.frombuffer(view, np.float32, count=count, offset=start)
        cpu = time.process_time()
        start = time.perf_counter()
        total = sum(weights)
        sums, shapes = {}, {}
        if mode in ("f32", "f64"):
            dtype = np.dtype(np.float32 if mode == "f32" else np.float64)
            product = np.empty(BLOCK, dtype)
            for path, weight in zip(paths, weights):
                weight = dtype.type(weight)
                for name, shape, values in mapped(path):
                    shapes[name] = shape
                    if name not in sums:
                        sums[name] = np.zeros(values.size, dtype)
                    into = sums[name]
                    for begin in range(0, values.size, BLOCK):
                        part = into[begin:begin + BLOCK]
                        scaled = np.multiply(values[begin:begin + BLOCK], weight, out=product[:part.size])
                        np.add(part, scaled, out=part)
        elif mode == "load":
            for path, weight in zip(paths, weights):
                for name, values in load_file(path).items():
                    values *= np.float32(weight)
                    if name in sums:
                        sums[name] += values
                    else:
                        sums[name] = values
                    shapes[name] = values.shape
        else:
            results = []
            for path, weight in zip(paths, weights):
                update = load_file(path)
                names = list(update)
                results.append(([update[name] for name in names], weight))
            sums = dict(zip(names, aggregate(results)))
            shapes = {name: value.shape for name, value in sums.items()}
            total = 1
        summed = time.perf_counter()
        mean = {name: (value / total).astype(np.float32).reshape(shapes[name]) for name, value in sums.items()}
        save_file(mean, output)
        with open(output, "rb") as file:
            os.fsync(file.fileno())
        end = time.perf_counter()
        cpu = time.process_time() - cpu
        peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
        figures = {"sumSeconds": summed - start, "writeSeconds": end - summed, "cpuSeconds": cpu}
        print(json.dumps(figures | {"peakBytes": peak * 1024}))
        """
}
