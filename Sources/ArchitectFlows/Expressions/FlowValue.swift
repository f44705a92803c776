import Core
import FoundationEssentials

/// What a flow variable holds while a call runs.
enum FlowValue: Sendable, Hashable {
  case notSet
  case string(String)
  case integer(Int64)
  case decimal(Decimal)
  case boolean(Bool)
  case duration(Duration)
  case dateTime(Timestamp)
  case json(JSONValue)
  /// In E.164 where it could be read, otherwise as it was given.
  case phoneNumber(String)
  /// The words of a prompt.
  case audio(String)
  case resource(kind: String, name: String)
  case word(String)
  case list([FlowValue])
}

/// Why an expression or an action could not be carried out while the call ran. Architect goes to its error handling then.
struct FlowFault: Error, Sendable, Equatable {
  let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}

extension FlowValue {
  var type: FlowType {
    switch self {
    case .notSet: .notSet
    case .string: .string
    case .integer: .integer
    case .decimal: .decimal
    case .boolean: .boolean
    case .duration: .duration
    case .dateTime: .dateTime
    case .json: .json
    case .phoneNumber: .phoneNumber
    case .audio: .audio
    case .resource(let kind, _): .resource(kind)
    case .word: .word
    case .list(let items): .collection(items.first?.type ?? .any)
    }
  }

  var isSet: Bool { self != .notSet }

  /// NOT_SET, a text without characters, a list without items.
  var isNotSetOrEmpty: Bool {
    switch self {
    case .notSet, .json(.null): true
    case .string(let text), .audio(let text), .phoneNumber(let text): text.isEmpty
    case .json(.string(let text)): text.isEmpty
    case .list(let items): items.isEmpty
    case .json(.array(let items)): items.isEmpty
    default: false
    }
  }

  /// As `ToString` writes it; empty for NOT_SET.
  var text: String {
    switch self {
    case .notSet, .json(.null): ""
    case .string(let text), .audio(let text), .phoneNumber(let text), .word(let text), .json(.string(let text)): text
    case .integer(let number): "\(number)"
    case .decimal(let number): "\(number)"
    case .boolean(let flag): flag ? "true" : "false"
    case .duration(let duration): duration.iso8601
    case .dateTime(let time): time.description
    case .json(let json): json.text
    case .resource(_, let name): name
    case .list(let items): items.map(\.text).joined(separator: ", ")
    }
  }

  /// As a trace shows it.
  var json: JSONValue {
    switch self {
    case .notSet: .null
    case .integer(let number): .integer(number)
    case .decimal(let number): .number("\(number)")
    case .boolean(let flag): .bool(flag)
    case .json(let json): json
    case .list(let items): .array(items.map(\.json))
    default: .string(text)
    }
  }

  /// The value as a variable or a parameter of `type` takes it. NOT_SET stays NOT_SET.
  func converted(to type: FlowType) throws(FlowFault) -> FlowValue {
    if !isSet || self.type == type { return self }
    switch (type, self) {
    case (.any, _): return self
    case (_, .json(.null)): return .notSet
    case (.string, .json(.object)), (.string, .json(.array)): break
    case (.string, _): return .string(text)
    case (.audio, _): return .audio(text)
    case (.phoneNumber, .string(let text)): return .phoneNumber(text)
    case (.integer, .decimal(let number)):
      guard let whole = Int64(exactly: number) else { break }
      return .integer(whole)
    case (.decimal, .integer(let number)): return .decimal(Decimal(number))
    case (.integer, .json(.number(let digits))):
      guard let number = Int64(digits) else { break }
      return .integer(number)
    case (.decimal, .json(.number(let digits))):
      guard let number = Decimal(string: digits) else { break }
      return .decimal(number)
    case (.boolean, .json(.bool(let flag))): return .boolean(flag)
    case (.resource(let kind), .string(let name)): return .resource(kind: kind, name: name)
    case (.collection(let item), .list(let items)):
      var converted: [FlowValue] = []
      for value in items { converted.append(try value.converted(to: item)) }
      return .list(converted)
    case (.collection(let item), .json(.array(let items))):
      var converted: [FlowValue] = []
      for value in items { converted.append(try FlowValue.json(value).converted(to: item)) }
      return .list(converted)
    case (.json, _): return .json(json)
    default: break
    }
    throw FlowFault("\(self.type) cannot be used as \(type)")
  }
}

extension Int64 {
  init?(exactly decimal: Decimal) {
    guard let number = Int64("\(decimal)") else { return nil }
    self = number
  }
}

extension Duration {
  /// `P0DT0H1M30.0S`, the form in which Architect writes durations out.
  var iso8601: String {
    let magnitude = wholeMilliseconds.magnitude
    let (days, hours) = (magnitude / 86_400_000, magnitude / 3_600_000 % 24)
    let (minutes, rest) = (magnitude / 60_000 % 60, magnitude % 60_000)
    return "\(self < .zero ? "-" : "")P\(days)DT\(hours)H\(minutes)M\(rest / 1_000).\(rest % 1_000)S"
  }
}
