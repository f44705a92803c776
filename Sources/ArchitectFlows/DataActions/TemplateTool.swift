import Core
import HTTPMessages

/// The tools that templates may call beside their values.
enum TemplateTool: String {
  case esc
  case encoding
  case math
  case successTemplateUtils = "successtemplateutils"

  var functions: [String] {
    switch self {
    case .esc:
      [
        "quote", "q", "dollar", "d", "hash", "h", "newline", "url", "urlformencode", "uriencode", "jsonencode",
        "jsonstring", "jsondecode",
      ]
    case .encoding: ["base64"]
    case .math: ["add", "sub", "mul", "div"]
    case .successTemplateUtils: ["firstfromarray"]
    }
  }

  func call(_ name: String, _ arguments: [JSONValue]) throws(FlowFault) -> JSONValue? {
    let text = arguments.first?.templateText ?? ""
    switch (self, name.lowercased(), arguments.count) {
    case (.esc, "quote", 0), (.esc, "q", 0): return "\""
    case (.esc, "dollar", 0), (.esc, "d", 0): return "$"
    case (.esc, "hash", 0), (.esc, "h", 0): return "#"
    case (.esc, "newline", 0): return "\n"
    case (.esc, "url", 1), (.esc, "urlformencode", 1):
      return .string(text.percentEncoded.replacing("%20", by: "+"))
    case (.esc, "uriencode", 1): return .string(text.percentEncoded)
    case (.esc, "jsonencode", 1), (.esc, "jsonstring", 1): return .string(Self.escaped(text))
    case (.esc, "jsondecode", 1):
      return (try? JSONValue(parsing: "\"\(text)\"")) ?? .string(text)
    case (.encoding, "base64", 1): return .string(Base64.standard.encode(text.utf8))
    case (.math, let operation, 2): return try Self.calculate(operation, arguments)
    case (.successTemplateUtils, "firstfromarray", 1), (.successTemplateUtils, "firstfromarray", 2):
      let array = arguments[0].array ?? (try? JSONValue(parsing: text))?.array ?? []
      if let first = array.first { return .string(first.text) }
      return arguments.count == 2 ? arguments[1] : nil
    default: throw FlowFault("$\(rawValue).\(name) with \(arguments.count) arguments is not known to the runner")
    }
  }

  /// The inside of a JSON text, without the quotes around it.
  private static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    JSONValue.write(text, to: &bytes)
    return String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
  }

  private static func calculate(_ operation: String, _ arguments: [JSONValue]) throws(FlowFault) -> JSONValue? {
    guard let left = Int64(arguments[0].templateText), let right = Int64(arguments[1].templateText) else {
      throw FlowFault("$math.\(operation) needs two whole numbers")
    }
    let (result, overflow) =
      switch operation {
      case "add": left.addingReportingOverflow(right)
      case "sub": left.subtractingReportingOverflow(right)
      case "mul": left.multipliedReportingOverflow(by: right)
      case "div": left.dividedReportingOverflow(by: right)
      default: throw FlowFault("$math.\(operation) is not known to the runner")
      }
    guard !overflow else { throw FlowFault("$math.\(operation): the result does not fit") }
    return .integer(result)
  }
}
