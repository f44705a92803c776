import Core
import FoundationEssentials
import Testing

/// The published vectors in `Vectors/`.
enum Vectors {
  static func load(_ name: String) -> JSONValue {
    let path = "\(#filePath)".split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/Vectors/\(name).json"
    guard let data = FileManager.default.contents(atPath: path), let tree = try? JSONValue(parsing: data) else {
      preconditionFailure("no vectors at \(path)")
    }
    return tree
  }

  static func tests(_ name: String) -> [VectorCase] {
    (load(name)["tests"]?.array ?? []).map(VectorCase.init)
  }
}

struct VectorCase: Sendable, CustomTestStringConvertible {
  let tree: JSONValue

  var isValid: Bool { tree["result"] == "valid" }
  var testDescription: String { "tcId \(tree["tcId"]?.integer ?? 0) \(tree["comment"]?.string ?? "")" }

  subscript(_ name: String) -> [UInt8] {
    guard let text = tree[name]?.string, let bytes = [UInt8](hex: text) else {
      preconditionFailure("no \(name) in \(testDescription)")
    }
    return bytes
  }
}
