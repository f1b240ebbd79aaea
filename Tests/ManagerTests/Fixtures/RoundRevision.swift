import Foundation

extension TestRevision {
    /// Stages that are one program with the standard library alone: the model is two numbers, training adds a step to
    /// them.
    ///
    /// - Parameters:
    ///   - step: What training adds.
    ///   - wait: Seconds that training takes.
    static func training(_ number: Int, step: Double = 1, wait: Double = 0) throws -> TestRevision {
        try TestRevision(number, files: trainingFiles(number, step: step, wait: wait))
    }

    /// The files of such a revision.
    static func trainingFiles(_ number: Int, step: Double = 1, wait: Double = 0) -> [String: String] {
        let program = """
            #!/usr/bin/env python3
            import json, os, struct, time
            stage = os.environ["FEDOPS_STAGE"]
            def write(values):
                header = json.dumps({"w": {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}})
                with open(os.environ["FEDOPS_OUTPUT"], "wb") as file:
                    file.write(struct.pack("<Q", len(header)) + header.encode() + struct.pack("<2d", *values))
            def read():
                with open(os.environ["FEDOPS_MODEL"], "rb") as file: content = file.read()
                length = struct.unpack("<Q", content[:8])[0]
                return list(struct.unpack("<2d", content[8 + length:]))
            if stage == "model":
                write([0.0, 0.0])
            elif stage == "train":
                print("training revision \(number)", flush=True)
                time.sleep(\(wait))
                write([value + \(step) for value in read()])
                json.dump({"examples": 4, "loss": 0.5}, open(os.environ["FEDOPS_METRICS"], "w"))
            elif stage == "evaluate":
                json.dump({"examples": 2, "accuracy": 0.75}, open(os.environ["FEDOPS_METRICS"], "w"))
            """
        let flow = """
            task: digits
            runtime: command
            stages:
              data: {command: [bin/stage]}
              model: {command: [bin/stage]}
              train: {command: [bin/stage]}
              evaluate: {command: [bin/stage]}
            """
        return ["fedops.yaml": flow, "bin/stage": program + "\n"]
    }
}
