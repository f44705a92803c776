import Core
import YAML

/// `callBotFlow`: a bot flow of the same folder asks the customer, with variables of its own.
struct CallBotFlow: FlowAction {
  private var bot: FlowDefinition?
  private var inputs: [(key: String, value: ValueSource)] = []
  private var outputs: [(key: String, variable: VariableDeclaration)] = []

  init(_ settings: Settings) {
    settings.checkSpelling(["inputText", "exitReason", "intent", "botFlow"])
    guard let entry = settings.node["botFlow"]?.entries?.first else {
      settings.reading.report(
        "action \"callBotFlow\" needs botFlow: {NAME: {ver_latestPublished: {…}}}", at: settings.position)
      return
    }
    _ = settings.value("inputText", as: .string, isRequired: false)
    guard let bot = settings.reading.bot(entry) else { return }
    self.bot = bot
    let version = entry.value.entries?.first?.value
    for input in version?["inputs"]?.entries ?? [] {
      guard let field = Self.declaration(input, of: bot, \.isInput, settings) else { continue }
      inputs.append((field.key, settings.value(input.value, named: input.key, as: field.type)))
    }
    for output in version?["outputs"]?.entries ?? [] {
      guard let field = Self.declaration(output, of: bot, \.isOutput, settings),
        let variable = settings.variable(output.value, named: output.key, receives: field.type)
      else { continue }
      outputs.append((field.key, variable))
    }
  }

  /// Slots are both; variables say which they are.
  private static func declaration(
    _ entry: YAMLNode.Entry, of bot: FlowDefinition, _ isOpen: KeyPath<FlowDefinition.Variable, Bool>,
    _ settings: Settings
  ) -> VariableDeclaration? {
    let open = bot.variables.filter { $0[keyPath: isOpen] }.map(\.declaration.name)
    if let field = bot.scope[entry.key], field.key.hasPrefix("slot.") || open.contains(field.name) { return field }
    let hint = nearestNameHint(for: entry.key, among: open + bot.scope.names.filter { $0.hasPrefix("Slot.") })
    settings.reading.report(
      "bot flow \"\(bot.name)\" does not share \"\(entry.key)\".\(hint)", at: entry.keyNode.position)
    return nil
  }

  func run(in call: Call) async throws -> Step {
    guard let bot else { return .next }
    var given: [String: (FlowValue, isSecret: Bool)] = [:]
    for input in inputs { given[input.key] = try call.value(input.value) }
    let (outcome, results) = try await call.run(bot, inputs: given, outputs: outputs.map(\.key))
    for output in outputs {
      guard let (value, isSecret) = results[output.key] else { continue }
      try call.assign(value, to: output.variable, isSecret: isSecret)
    }
    return outcome == .completed ? .next : .finished(outcome)
  }
}

extension FlowReading {
  /// The bot flow of that name; nil with a problem.
  fileprivate func bot(_ entry: YAMLNode.Entry) -> FlowDefinition? {
    var names: [String] = []
    for file in neighbours where file.text.contains("botFlow:") {
      let (flow, problems, _) = FlowReader.read(file: file.name, text: file.text, values: [:], catalogue: catalogue)
      if let flow, flow.kind == .botFlow {
        guard flow.name != entry.key else { return flow }
        names.append(flow.name)
      } else if flow == nil, file.text.hasPrefix("botFlow:") || file.text.contains("\nbotFlow:") {
        adopt(problems)
      }
    }
    report(
      "bot flow \"\(entry.key)\" is not among the flows of this folder.\(nearestNameHint(for: entry.key, among: names))",
      at: entry.keyNode.position)
    return nil
  }
}

/// `communicate`: what a bot says.
struct Communicate: FlowAction {
  private let communication: PromptSource

  init(_ settings: Settings) {
    settings.checkSpelling(["communication"])
    communication = settings.prompt("communication", isRequired: true)
  }

  func run(in call: Call) async throws -> Step {
    try await call.speak(communication)
    return .next
  }
}

/// `askForSlot`: asks until the answer fits the slot. After three answers that do not, or none, the slot stays NOT_SET.
struct AskForSlot: FlowAction {
  private static let tries = 3

  private var variable: VariableDeclaration?
  private var type = SlotType()
  private let question: PromptSource
  private let noInput: PromptSource
  private let noMatch: PromptSource

  init(_ settings: Settings) {
    settings.checkSpelling([
      "slot", "question", "noInput", "noMatch", "customValidation", "confirmationMode", "voiceEndOfInputTimeout",
    ])
    question = settings.prompt("question", isRequired: true)
    noInput = settings.prompt("noInput")
    noMatch = settings.prompt("noMatch")
    let reading = settings.reading
    let name = settings.node["slot"]?["name"]?.string ?? ""
    variable = reading.scope["Slot.\(name)"]
    type = reading.slots[name.lowercased()] ?? SlotType()
    if variable == nil {
      reading.report(
        "there is no slot \"\(name)\".\(nearestNameHint(for: name, among: reading.slots.keys.sorted()))",
        at: settings.node["slot"]?.position ?? settings.position)
    }
  }

  func run(in call: Call) async throws -> Step {
    guard let variable else { return .next }
    try await call.speak(question)
    for attempt in 1...Self.tries {
      let text = try await call.text(isSecret: variable.isSecure)
      if let value = text.flatMap(type.value) {
        try call.assign(.string(value), to: variable, isSecret: false, isShown: false)
        return .next
      }
      guard attempt < Self.tries else { break }
      try await call.speak(text == nil ? noInput : noMatch)
    }
    return .next
  }
}
