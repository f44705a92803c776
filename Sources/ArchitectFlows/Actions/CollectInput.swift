import Core
import YAML

/// `collectInput`: keys from the caller. With too few keys, or none in time, the failure output follows.
///
/// `verificationType` is read over: the runner does not read the keys back.
struct CollectInput: FlowAction {
  private let variable: VariableDeclaration?
  private let minimum: Int
  private let maximum: Int
  private let terminator: Character?
  private let includesTerminator: Bool
  private let acceptsJustStar: ValueSource
  private let acceptsJustPound: ValueSource
  private let noEntryTimeout: ValueSource
  private let interDigitTimeout: ValueSource
  private let audio: [PromptSource]
  private let success: ActionList
  private let failure: ActionList

  init(_ settings: Settings) {
    settings.checkSpelling([
      "inputData", "digits", "interDigitTimeout", "noEntryTimeout", "inputAudio", "includeTerminatingDtmfInResultData",
      "acceptJustStar", "acceptJustPound", "verificationType", "noEntryAudio",
    ])
    settings.checkOutputs(["success", "failure"])
    variable = settings.variable("inputData", receives: .string, isRequired: true)
    let digits = Digits(settings)
    (minimum, maximum, terminator) = (digits.minimum, digits.maximum, digits.terminator)
    if case .literal(.boolean(true)) = settings.value(
      "includeTerminatingDtmfInResultData", as: .boolean, isRequired: false)
    {
      includesTerminator = true
    } else {
      includesTerminator = false
    }
    acceptsJustStar = settings.value("acceptJustStar", as: .boolean, isRequired: false)
    acceptsJustPound = settings.value("acceptJustPound", as: .boolean, isRequired: false)
    noEntryTimeout = settings.value("noEntryTimeout", as: .duration, isRequired: false)
    interDigitTimeout = settings.value("interDigitTimeout", as: .duration, isRequired: false)
    audio = [settings.prompt("inputAudio")]
    success = settings.output("success")
    failure = settings.output("failure")
  }

  func run(in call: Call) async throws -> Step {
    for prompt in audio { try await call.speak(prompt) }
    let first = try call.duration(noEntryTimeout) ?? call.duration(call.flow.defaults.noEntryTimeout) ?? .seconds(5)
    let between =
      try call.duration(interDigitTimeout) ?? call.duration(call.flow.defaults.interDigitTimeout) ?? .seconds(3)
    let (keys, ended) = try await self.keys(from: call, first: first, between: between)
    call.show(keys: keys + (ended.map(String.init) ?? ""), into: variable, noEntryAfter: first)
    guard try isAccepted(keys, ended: ended, in: call) else {
      return try await call.run(failure, as: "failure")
    }
    let result = keys + (includesTerminator || keys.isEmpty ? ended.map(String.init) ?? "" : "")
    if let variable { try call.assign(.string(result), to: variable, isSecret: false, isShown: false) }
    return try await call.run(success, as: "success")
  }

  private func keys(
    from call: Call, first: Duration, between: Duration
  ) async throws -> (keys: String, ended: Character?) {
    try await call.terminal.beginInput()
    var keys = ""
    var ended: Character?
    while keys.count < maximum, let key = try await call.terminal.key(within: keys.isEmpty ? first : between) {
      if key == terminator || (keys.isEmpty && (key == "*" || key == "#")) {
        ended = key
        break
      }
      keys.append(key)
    }
    // One who keys a full number often ends it with the key that is asked for elsewhere too.
    if ended == nil, keys.count == maximum, let terminator, minimum < maximum,
      try await call.terminal.key(within: .zero) == terminator
    {
      ended = terminator
    }
    await call.terminal.endInput()
    return (keys, ended)
  }

  private func isAccepted(_ keys: String, ended: Character?, in call: Call) throws -> Bool {
    guard keys.isEmpty else { return keys.count >= minimum }
    return switch ended {
    case "*": try call.truth(acceptsJustStar)
    case "#": try call.truth(acceptsJustPound)
    default: false
    }
  }
}

/// `digits: {exact: 5}` or `digits: {range: {min: 1, max: 12, terminatingDtmf: digit_#}}`.
private struct Digits {
  var minimum = 1
  var maximum = 1
  var terminator: Character?

  init(_ settings: Settings) {
    let reading = settings.reading
    guard let node = settings.node["digits"], let entry = node.entries?.first, node.entries?.count == 1 else {
      reading.report(
        "\"digits\" is written {exact: 5} or {range: {min: 1, max: 12}}",
        at: settings.node["digits"]?.position ?? settings.position)
      return
    }
    switch entry.key {
    case "exact":
      guard let count = Self.number(entry.value), (1...100).contains(count) else {
        reading.report("\"exact\" needs a number between 1 and 100", at: entry.value.position)
        return
      }
      (minimum, maximum) = (count, count)
    case "range":
      guard let low = entry.value["min"].flatMap(Self.number), let high = entry.value["max"].flatMap(Self.number),
        (0...high).contains(low), (1...100).contains(high)
      else {
        reading.report("\"range\" needs \"min\" and \"max\" with 0 ≤ min ≤ max ≤ 100", at: entry.value.position)
        return
      }
      (minimum, maximum) = (low, high)
      guard let dtmf = entry.value["terminatingDtmf"] else { return }
      terminator = (dtmf.string ?? dtmf["lit"]?.string).flatMap(FlowReader.key)
      if terminator == nil, !dtmf.isNull, dtmf["noValue"] == nil {
        reading.report(
          "\"\(dtmf.string ?? "")\" is no key; keys are digit_0 to digit_9, digit_* and digit_#", at: dtmf.position)
      }
    default:
      reading.report("\"digits\" is written {exact: 5} or {range: {min: 1, max: 12}}", at: entry.keyNode.position)
    }
  }

  private static func number(_ node: YAMLNode) -> Int? { (node["lit"] ?? node).string.flatMap { Int($0) } }
}
