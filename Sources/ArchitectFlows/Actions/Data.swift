import Core
import YAML

/// `updateData`: statements such as `- string: {variable: Flow.x, value: {exp: …}}`.
struct UpdateData: FlowAction {
  private struct Statement {
    let variable: VariableDeclaration
    let value: ValueSource
  }

  private let statements: [Statement]

  init(_ settings: Settings) {
    settings.checkSpelling(["statements"])
    guard let items = settings.node["statements"]?.items else {
      settings.reading.report("action \"updateData\" needs a list \"statements\"", at: settings.position)
      statements = []
      return
    }
    statements = items.compactMap { Self.statement($0, settings) }
  }

  private static func statement(_ item: YAMLNode, _ settings: Settings) -> Statement? {
    let reading = settings.reading
    guard let entry = item.entries?.first, item.entries?.count == 1 else {
      reading.report("a statement is a mapping with one key, the type of its variable", at: item.position)
      return nil
    }
    guard let type = FlowType(named: entry.key) else {
      let hint = nearestNameHint(for: entry.key, among: FlowType.names)
      reading.report("type \"\(entry.key)\" is not known to the runner.\(hint)", at: entry.keyNode.position)
      return nil
    }
    guard let name = entry.value["variable"], let value = entry.value["value"] else {
      reading.report("a statement needs \"variable\" and \"value\"", at: entry.keyNode.position)
      return nil
    }
    let source = settings.value(value, named: "value", as: type)
    guard let variable = settings.variable(named: name, receives: type) else { return nil }
    return Statement(variable: variable, value: source)
  }

  func run(in call: Call) async throws -> Step {
    for statement in statements {
      let (value, isSecret) = try call.value(statement.value)
      try call.assign(value, to: statement.variable, isSecret: isSecret)
    }
    return .next
  }
}

/// `setParticipantData`: attributes of the conversation. They are kept for years, so they should be opaque.
struct SetParticipantData: FlowAction {
  private let attributes: [(name: ValueSource, value: ValueSource)]

  init(_ settings: Settings) {
    settings.checkSpelling(["attributes"])
    attributes = Self.attributes(settings).map { attribute in
      (
        attribute["name"].map { settings.value($0, named: "name", as: .string) } ?? .notSet,
        attribute["value"].map { settings.value($0, named: "value", as: .string) } ?? .notSet
      )
    }
  }

  static func attributes(_ settings: Settings) -> [YAMLNode] {
    guard let items = settings.node["attributes"]?.items else {
      settings.reading.report("action \"\(settings.kind)\" needs a list \"attributes\"", at: settings.position)
      return []
    }
    return items.compactMap { item in
      if item["attribute"]?.entries == nil {
        settings.reading.report("an attribute is written {attribute: {name: …}}", at: item.position)
      }
      return item["attribute"]
    }
  }

  func run(in call: Call) async throws -> Step {
    for attribute in attributes {
      let (value, isSecret) = try call.value(attribute.value)
      call.setParticipantData(try call.text(attribute.name), value, isSecret: isSecret)
    }
    return .next
  }
}

/// `getParticipantData`: an attribute that is not there gives NOT_SET.
struct GetParticipantData: FlowAction {
  private let attributes: [(name: ValueSource, variable: VariableDeclaration?)]

  init(_ settings: Settings) {
    settings.checkSpelling(["attributes"])
    attributes = SetParticipantData.attributes(settings).map { attribute in
      let variable = attribute["variable"].flatMap { node in
        node.isScalar
          ? settings.variable(named: node, receives: .string)
          : settings.variable(node, named: "variable", receives: .string)
      }
      return (attribute["name"].map { settings.value($0, named: "name", as: .string) } ?? .notSet, variable)
    }
  }

  func run(in call: Call) async throws -> Step {
    for attribute in attributes {
      guard let variable = attribute.variable else { continue }
      let (value, isSecret) = call.participantData(try call.text(attribute.name))
      try call.assign(value, to: variable, isSecret: isSecret)
    }
    return .next
  }
}

/// `findQueue` and `findQueueById`: every queue is found, as the runner has no organisation to ask.
struct FindQueue: FlowAction {
  private let name: ValueSource
  private let result: VariableDeclaration?
  private let found: ActionList
  private let notFound: ActionList

  init(_ settings: Settings) {
    settings.checkSpelling(["findName", "findId", "findResult"])
    settings.checkOutputs(["found", "notFound"])
    let key = settings.node["findName"] != nil ? "findName" : settings.node["findId"] != nil ? "findId" : "findName"
    name = settings.value(key, as: .string)
    result = settings.variable("findResult", receives: .resource("queue"))
    found = settings.output("found")
    notFound = settings.output("notFound")
  }

  func run(in call: Call) async throws -> Step {
    let (value, isSecret) = try call.value(name)
    guard !value.text.isEmpty else { return try await call.run(notFound, as: "notFound") }
    if let result { try call.assign(.resource(kind: "queue", name: value.text), to: result, isSecret: isSecret) }
    return try await call.run(found, as: "found")
  }
}
