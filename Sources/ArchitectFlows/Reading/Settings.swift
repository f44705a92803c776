import Core
import FoundationEssentials
import YAML

/// The settings of one action or menu choice while it is read.
struct Settings {
  let kind: String
  /// A mapping; `{none: true}` and nothing at all stand for an empty one.
  let node: YAMLNode
  let position: YAMLPosition
  let reading: FlowReading

  func checkIsMapping() {
    guard node.entries == nil, !node.isNull else { return }
    reading.report("the settings of \"\(kind)\" are a mapping, not \(node.kindName)", at: node.position)
  }

  /// Reports a key that is probably a known one, misspelt. Other unknown keys are left alone: Archy has more settings
  /// than matter to a runner.
  func checkSpelling(_ known: [String]) {
    let all = known + ["name", "refId", "outputs", "none", "description"]
    for entry in node.entries ?? [] where !all.contains(entry.key) {
      guard let match = nearestName(to: entry.key, among: all) else { continue }
      reading.report(
        "unknown key \"\(entry.key)\" in \"\(kind)\". Did you mean \"\(match)\"?", at: entry.keyNode.position)
    }
  }

  private func missing(_ key: String) {
    reading.report("action \"\(kind)\" needs \"\(key)\"", at: position)
  }

  // MARK: - Values

  func value(_ key: String, as type: FlowType, isRequired: Bool = true) -> ValueSource {
    guard let node = node[key] else {
      if isRequired { missing(key) }
      return .notSet
    }
    return value(node, named: key, as: type)
  }

  /// Reads `{exp: …}`, `{lit: …}` or `{noValue: true}`.
  func value(_ node: YAMLNode, named name: String, as type: FlowType) -> ValueSource {
    guard let entry = node.entries?.first, node.entries?.count == 1 else {
      reading.report("\"\(name)\" is written {exp: …}, {lit: …} or {noValue: true}", at: node.position)
      return .notSet
    }
    switch entry.key {
    case "exp": return reading.expression(entry.value, as: type, named: name).map(ValueSource.expression) ?? .notSet
    case "lit": return literal(entry.value, named: name, as: type).map(ValueSource.literal) ?? .notSet
    case "noValue", "none": return .notSet
    case "tts": return .literal(.audio(entry.value.string ?? ""))
    case "prompt": return .literal(.resource(kind: "prompt", name: entry.value.string ?? ""))
    case "name": return .literal(.resource(kind: "\(type)", name: entry.value.string ?? ""))
    default:
      reading.report(
        "\"\(entry.key)\" is no way to give \"\(name)\"; known are exp, lit and noValue", at: entry.keyNode.position)
      return .notSet
    }
  }

  private func literal(_ node: YAMLNode, named name: String, as type: FlowType) -> FlowValue? {
    func mismatch(_ wanted: String) -> FlowValue? {
      reading.report("\"\(name)\" needs \(wanted)", at: node.position)
      return nil
    }
    switch type {
    case .string: return node.string.map(FlowValue.string) ?? mismatch("a text")
    case .audio: return node.string.map(FlowValue.audio) ?? mismatch("a text")
    case .phoneNumber: return node.string.map { .phoneNumber(PhoneNumberText.e164($0)) } ?? mismatch("a phone number")
    case .integer: return node.string.flatMap { Int64($0) }.map(FlowValue.integer) ?? mismatch("a whole number")
    case .decimal: return node.string.flatMap { Decimal(string: $0) }.map(FlowValue.decimal) ?? mismatch("a number")
    case .boolean: return node.yesOrNo.map(FlowValue.boolean) ?? mismatch("true or false")
    case .duration: return duration(node).map(FlowValue.duration) ?? mismatch("a duration such as {seconds: 5}")
    case .dateTime: return node.string.flatMap { Timestamp($0) }.map(FlowValue.dateTime) ?? mismatch("a date and time")
    case .resource(let kind):
      guard let text = node["name"]?.string ?? node.string else { return mismatch("a name: {lit: {name: …}}") }
      return .resource(kind: kind, name: text)
    case .collection(let item):
      guard let items = node.items else { return mismatch("a list") }
      return .list(items.compactMap { literal($0["lit"] ?? $0, named: name, as: item) })
    case .json: return .json(node.json)
    case .any, .notSet, .word: return anyLiteral(node)
    }
  }

  private func anyLiteral(_ node: YAMLNode) -> FlowValue {
    if let name = node["name"]?.string { return .resource(kind: "", name: name) }
    if let duration = duration(node) { return .duration(duration) }
    if let bool = node.bool { return .boolean(bool) }
    if let int = node.int { return .integer(int) }
    return node.string.map(FlowValue.string) ?? .json(node.json)
  }

  private static let units: [String: Double] = [
    "ms": 0.001, "milliseconds": 0.001, "seconds": 1, "minutes": 60, "hours": 3_600, "days": 86_400,
  ]

  private func duration(_ node: YAMLNode) -> Duration? {
    guard let entries = node.entries, !entries.isEmpty else { return nil }
    var total = 0.0
    for entry in entries {
      guard let unit = Self.units[entry.key], let number = entry.value.string.flatMap({ Double($0) }) else {
        return nil
      }
      total += unit * number
    }
    return (0...31_536_000).contains(total) ? .milliseconds(Int64(total * 1_000)) : nil
  }

  // MARK: - Prompts

  func prompt(_ key: String, isRequired: Bool = false) -> PromptSource {
    guard let node = node[key] else {
      if isRequired { missing(key) }
      return .silence
    }
    return prompt(node, named: key)
  }

  func prompt(_ node: YAMLNode, named name: String) -> PromptSource {
    guard let entry = node.entries?.first, node.entries?.count == 1 else {
      reading.report("\"\(name)\" is written {tts: …}, {exp: …} or {prompt: …}", at: node.position)
      return .silence
    }
    switch entry.key {
    case "tts", "lit":
      if let prompt = entry.value["name"]?.string { return .recorded(prompt) }
      return .text(entry.value.string ?? "")
    case "prompt": return .recorded(entry.value.string ?? entry.value["name"]?.string ?? "")
    case "exp": return reading.expression(entry.value, as: .audio, named: name).map(PromptSource.expression) ?? .silence
    case "noValue", "none": return .silence
    default:
      reading.report(
        "\"\(entry.key)\" is no way to give \"\(name)\"; known are tts, exp and prompt", at: entry.keyNode.position)
      return .silence
    }
  }

  // MARK: - Variables that receive a value

  /// Reads `{var: Flow.x}`; nil where nothing receives the value.
  func variable(_ key: String, receives type: FlowType, isRequired: Bool = false) -> VariableDeclaration? {
    guard let node = node[key] else {
      if isRequired { missing(key) }
      return nil
    }
    return variable(node, named: key, receives: type)
  }

  func variable(_ node: YAMLNode, named name: String, receives type: FlowType) -> VariableDeclaration? {
    guard let entry = node.entries?.first, node.entries?.count == 1 else {
      reading.report("\"\(name)\" is written {var: Flow.name} or {noValue: true}", at: node.position)
      return nil
    }
    switch entry.key {
    case "var": return variable(named: entry.value, receives: type)
    case "noValue", "none": return nil
    default:
      reading.report("\"\(name)\" is written {var: Flow.name} or {noValue: true}", at: entry.keyNode.position)
      return nil
    }
  }

  /// Reads the name of a variable itself.
  func variable(named node: YAMLNode, receives type: FlowType) -> VariableDeclaration? {
    guard let name = node.string, let declaration = reading.scope[name] else {
      let hint = nearestNameHint(for: node.string ?? "", among: reading.scope.names)
      reading.report("variable \"\(node.string ?? "")\" is not declared.\(hint)", at: node.position)
      return nil
    }
    guard declaration.type.accepts(type) else {
      reading.report(
        "variable \"\(name)\" is \(declaration.type.withArticle) and cannot receive \(type.withArticle).",
        at: node.position)
      return nil
    }
    return declaration
  }

  // MARK: - What follows

  /// The actions of one output, such as `outputs: {success: {actions: […]}}`.
  func output(_ name: String) -> ActionList {
    reading.actions(node["outputs"]?[name]?["actions"])
  }

  func checkOutputs(_ known: [String]) {
    for entry in node["outputs"]?.entries ?? [] where !known.contains(entry.key) {
      let hint = nearestNameHint(for: entry.key, among: known)
      reading.report("\"\(kind)\" has no output \"\(entry.key)\".\(hint)", at: entry.keyNode.position)
    }
  }

  func target(_ key: String, allowed: [String]) -> FlowTarget? {
    guard let node = node[key] else {
      missing(key)
      return nil
    }
    return reading.target(node, allowed: allowed)
  }
}
