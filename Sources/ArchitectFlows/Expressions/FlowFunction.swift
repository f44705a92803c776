import Core

/// A function of Architect's expression language.
struct FlowFunction: Sendable {
  typealias Body = @Sendable ([FlowValue], any TimeSource) throws(FlowFault) -> FlowValue

  let name: String
  /// For each parameter the types that it takes; the last repeats when `repeats` is set.
  let parameters: [[FlowType]]
  let required: Int
  let repeats: Bool
  /// Most functions fail on NOT_SET, as Architect's do; `Append`, `IsSet` and their like do not.
  let toleratesNotSet: Bool
  let result: @Sendable ([FlowType]) -> FlowType
  let body: Body

  init(
    _ name: String, _ parameters: [[FlowType]], optional: Int = 0, repeats: Bool = false, toleratesNotSet: Bool = false,
    gives result: FlowType, _ body: @escaping Body
  ) {
    self.init(
      name, parameters, optional: optional, repeats: repeats, toleratesNotSet: toleratesNotSet,
      givesBy: { _ in result },
      body)
  }

  init(
    _ name: String, _ parameters: [[FlowType]], optional: Int = 0, repeats: Bool = false, toleratesNotSet: Bool = false,
    givesBy result: @escaping @Sendable ([FlowType]) -> FlowType, _ body: @escaping Body
  ) {
    self.name = name
    self.parameters = parameters
    required = parameters.count - optional
    self.repeats = repeats
    self.toleratesNotSet = toleratesNotSet
    self.result = result
    self.body = body
  }

  func takes(_ count: Int) -> Bool { count >= required && (repeats || count <= parameters.count) }

  func parameter(_ index: Int) -> [FlowType] { parameters[min(index, parameters.count - 1)] }

  /// `1 argument`, `2 to 3 arguments`, `at least 1 argument`.
  var expectedCount: String {
    if repeats { return "at least \(required) argument\(required == 1 ? "" : "s")" }
    let range = required == parameters.count ? "\(required)" : "\(required) to \(parameters.count)"
    return "\(range) argument\(parameters.count == 1 ? "" : "s")"
  }

  private static let all: [String: FlowFunction] = {
    let functions =
      textFunctions + conversionFunctions + audioFunctions + logicFunctions + listFunctions + timeFunctions
      + resourceFunctions
    return Dictionary(functions.map { ($0.name.lowercased(), $0) }) { first, _ in first }
  }()

  /// Names are compared without regard to case.
  static func named(_ name: String) -> FlowFunction? { all[name.lowercased()] }

  static var names: [String] { all.values.map(\.name).sorted() }
}

// MARK: - Taking arguments

extension [FlowValue] {
  func text(_ index: Int) -> String { self[index].text }

  func integer(_ index: Int, of function: String) throws(FlowFault) -> Int {
    guard case .integer(let number) = try self[index].converted(to: .integer) else {
      throw FlowFault("function \(function): argument \(index + 1) is NOT_SET")
    }
    return Int(number)
  }

  func truth(_ index: Int) throws(FlowFault) -> Bool {
    guard indices.contains(index), case .boolean(let flag) = try self[index].converted(to: .boolean) else {
      return false
    }
    return flag
  }

  func time(_ index: Int, of function: String) throws(FlowFault) -> Timestamp {
    switch self[index] {
    case .dateTime(let time): return time
    case .string(let text), .json(.string(let text)):
      if let time = Timestamp(text) { return time }
    default: break
    }
    throw FlowFault("function \(function): argument \(index + 1) is no date and time")
  }
}
