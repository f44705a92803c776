import Core
import YAML

/// Reads a whole flow file: first what it declares (variables, menus, tasks), then its actions.
struct FlowReader {
  private let reading: FlowReading
  private let root: YAMLNode
  private let rootPosition: YAMLPosition

  /// - Returns: nil with at least one problem.
  static func read(
    file: String, text: String, values: [String: String], catalogue: DataActionCatalogue,
    neighbours: [(name: String, text: String)] = []
  ) -> (flow: FlowDefinition?, problems: [FlowProblem], usedValues: Set<String>) {
    let substitution = Substitution(text, values: values)
    func stop(_ message: String, _ position: YAMLPosition) -> (FlowDefinition?, [FlowProblem], Set<String>) {
      let original = substitution.originalPosition(of: position)
      return (nil, [FlowProblem(file: file, position: original, message: message)], substitution.used)
    }
    guard substitution.missing.isEmpty else {
      let problems = substitution.missing.map { name, position in
        FlowProblem(file: file, position: position, message: "{{\(name)}} has no value; give it with --var \(name)=…")
      }
      return (nil, problems, substitution.used)
    }
    let document: YAMLDocument
    do throws(YAMLError) { document = try YAMLDocument(parsing: substitution.text) } catch {
      return stop(error.reason, error.position)
    }
    guard let entry = document.root.entries?.first, document.root.entries?.count == 1 else {
      return stop(
        "a flow file is a mapping with one key, the kind of the flow, such as \"inboundCall\"", document.root.position)
    }
    guard let kind = FlowKind(rawValue: entry.key) else {
      let names = FlowKind.allCases.map(\.rawValue)
      return stop(
        "flow kind \"\(entry.key)\" is not played by the runner; known are \(names.joined(separator: ", ")).",
        entry.keyNode.position)
    }
    let reading = FlowReading(
      file: file, kind: kind, document: document, substitution: substitution, catalogue: catalogue,
      neighbours: neighbours)
    let reader = FlowReader(reading: reading, root: entry.value, rootPosition: entry.keyNode.position)
    let flow = reader.flow()
    return (reading.problems.isEmpty ? flow : nil, reading.problems, substitution.used)
  }

  private func flow() -> FlowDefinition? {
    guard root.entries != nil else {
      reading.report("the flow is a mapping, not \(root.kindName)", at: root.position)
      return nil
    }
    let containers = ["menus", "tasks", "states", "bots"].map { ($0, String($0.dropLast())) }
    for (list, word) in containers { declareReferences(list, word) }
    reading.declareSlots(root)
    let variables = self.variables(root["variables"])
    let greeting = settings(of: root).prompt("initialGreeting")
    let tasks = self.containers("tasks", "task")
    let states = self.containers(
      reading.kind == .botFlow ? "bots" : "states", reading.kind == .botFlow ? "bot" : "state")
    let menus = self.menus()
    let startUp = root["startUpTaskActions"].map { _ in
      task(root, actionsKey: "startUpTaskActions", variablesKey: "startUpTaskVariables")
    }
    return FlowDefinition(
      name: root["name"]?.string ?? reading.kind.rawValue, kind: reading.kind, greeting: greeting,
      start: start(hasStartUp: startUp != nil), startUp: startUp, variables: variables, tasks: tasks, menus: menus,
      states: states, errorHandling: errorHandling(), defaults: defaults(), scope: reading.scope,
      secureKeys: reading.secureKeys)
  }

  private func settings(of node: YAMLNode, kind: String? = nil) -> Settings {
    Settings(kind: kind ?? reading.kind.rawValue, node: node, position: rootPosition, reading: reading)
  }

  private func start(hasStartUp: Bool) -> FlowTarget? {
    if let reference = root["startUpRef"] {
      return reading.target(reference, allowed: reading.kind.startingPlaces)
    }
    if !hasStartUp {
      reading.report("\"startUpRef\" is missing: the flow does not say where it begins", at: rootPosition)
    }
    return nil
  }

  // MARK: - Declarations

  /// The mappings inside a list such as `tasks: [{task: {…}}]`.
  private func items(_ list: String, _ word: String) -> [YAMLNode] {
    guard let node = root[list], !node.isNull else { return [] }
    guard let items = node.items else {
      reading.report("\"\(list)\" is a list, not \(node.kindName)", at: node.position)
      return []
    }
    return items.compactMap { item in
      guard let inner = item[word], inner.entries != nil else {
        reading.report("each item of \"\(list)\" is a mapping with the key \"\(word)\"", at: item.position)
        return nil
      }
      return inner
    }
  }

  private func declareReferences(_ list: String, _ word: String) {
    guard let node = root[list]?.items else { return }
    for item in node {
      guard let inner = item[word], let reference = Self.reference(of: inner) else { continue }
      if reading.references[word, default: []].contains(reference) {
        reading.report("two \(list) have the refId \"\(reference)\"", at: inner["refId"]?.position ?? inner.position)
      }
      reading.declareReference(reference, kind: word)
    }
  }

  private static func reference(of node: YAMLNode) -> String? { node["refId"]?.string ?? node["name"]?.string }

  private func variables(_ node: YAMLNode?) -> [FlowDefinition.Variable] {
    guard let node, !node.isNull else { return [] }
    guard let items = node.items else {
      reading.report("\"variables\" is a list, not \(node.kindName)", at: node.position)
      return []
    }
    return items.compactMap(variable)
  }

  private func variable(_ item: YAMLNode) -> FlowDefinition.Variable? {
    guard let entry = item.entries?.first, item.entries?.count == 1, entry.key.hasSuffix("Variable") else {
      reading.report("a variable is written {stringVariable: {name: Flow.x, …}}", at: item.position)
      return nil
    }
    let typeName = String(entry.key.dropLast(8))
    guard let type = FlowType(named: typeName) else {
      let hint = nearestNameHint(for: entry.key, among: FlowType.names.map { "\($0)Variable" })
      reading.report("variable type \"\(entry.key)\" is not known to the runner.\(hint)", at: entry.keyNode.position)
      return nil
    }
    guard let name = entry.value["name"]?.string, name.contains(".") else {
      reading.report("a variable needs a name with its scope, such as Flow.orderNumber", at: entry.value.position)
      return nil
    }
    let isSecure =
      name.lowercased().hasPrefix("secure.")
      || ["isSecure", "secure"].contains { entry.value[$0]?.yesOrNo == true }
    let declaration = VariableDeclaration(name: name, type: type, isSecure: isSecure)
    reading.scope.declare(declaration)
    if isSecure { reading.markSecure(name) }
    let settings = settings(of: entry.value, kind: entry.key)
    return FlowDefinition.Variable(
      declaration: declaration, initial: settings.value("initialValue", as: type, isRequired: false),
      isInput: entry.value["isInput"]?.yesOrNo ?? false, isOutput: entry.value["isOutput"]?.yesOrNo ?? false)
  }

  // MARK: - Tasks, states, menus

  private func containers(_ list: String, _ word: String) -> [String: FlowDefinition.Task] {
    var tasks: [String: FlowDefinition.Task] = [:]
    for node in items(list, word) {
      guard let reference = Self.reference(of: node) else {
        reading.report("a \(word) needs a \"refId\"", at: node.position)
        continue
      }
      tasks[reference] = task(node, actionsKey: "actions", variablesKey: "variables")
    }
    return tasks
  }

  /// Variables of a task are seen inside it only.
  private func task(_ node: YAMLNode, actionsKey: String, variablesKey: String) -> FlowDefinition.Task {
    let outer = reading.scope
    let variables = self.variables(node[variablesKey])
    let actions = reading.actions(node[actionsKey])
    reading.scope = outer
    for key in reading.secureKeys { reading.scope.markSecure(key) }
    return FlowDefinition.Task(
      name: node["name"]?.string ?? reading.kind.rawValue, variables: variables, actions: actions)
  }

  private func menus() -> [String: FlowDefinition.Menu] {
    var menus: [String: FlowDefinition.Menu] = [:]
    for node in items("menus", "menu") {
      guard let reference = Self.reference(of: node) else {
        reading.report("a menu needs a \"refId\"", at: node.position)
        continue
      }
      let settings = settings(of: node, kind: "menu")
      let own = self.settings(of: node["settingsMenu"] ?? root["settingsMenu"] ?? node, kind: "settingsMenu")
      let count = own.value("repeatCount", as: .integer, isRequired: false)
      let repeatCount = if case .literal(.integer(let number)) = count { Int(max(0, min(number, 100))) } else { 3 }
      let timeout = own.value("menuSelectionTimeout", as: .duration, isRequired: false)
      menus[reference] = FlowDefinition.Menu(
        name: node["name"]?.string ?? reference, audio: settings.prompt("audio", isRequired: true),
        choices: (node["choices"]?.items ?? []).compactMap(choice), selectionTimeout: timeout, repeatCount: repeatCount)
    }
    return menus
  }

  private func choice(_ item: YAMLNode) -> FlowDefinition.MenuChoice? {
    guard let entry = item.entries?.first, item.entries?.count == 1 else {
      reading.report("a menu choice is a mapping with one key, its kind", at: item.position)
      return nil
    }
    guard let type = knownMenuChoices[entry.key] else {
      let hint = nearestNameHint(for: entry.key, among: knownMenuChoices.keys.sorted())
      reading.report(
        "menu choice \"\(entry.key)\" is not known to the runner (see docs/reference/flows.md).\(hint)",
        at: entry.keyNode.position)
      return nil
    }
    let settings = Settings(kind: entry.key, node: entry.value, position: entry.keyNode.position, reading: reading)
    guard let dtmf = entry.value["dtmf"]?.string else {
      reading.report(
        "menu choice \"\(entry.key)\" needs \"dtmf\": the runner has no speech recognition", at: entry.keyNode.position)
      return nil
    }
    guard let key = Self.key(dtmf) else {
      reading.report(
        "\"\(dtmf)\" is no key; keys are digit_0 to digit_9, star and pound",
        at: entry.value["dtmf"]?.position ?? item.position)
      return nil
    }
    let name = entry.value["name"]?.string ?? entry.key
    return FlowDefinition.MenuChoice(
      key: key,
      action: PlacedAction(kind: entry.key, name: name, position: entry.keyNode.position, action: type.init(settings)))
  }

  /// `digit_1`, `digit_*`, `star`, `#`.
  static func key(_ dtmf: String) -> Character? {
    switch dtmf.lowercased() {
    case "star", "digit_star", "digit_*", "*": "*"
    case "pound", "digit_pound", "digit_#", "hash", "#": "#"
    case let word:
      word.last.flatMap { last in
        last.isASCII && last.isNumber && ("digit_\(last)" == word || "\(last)" == word) ? last : nil
      }
    }
  }

  // MARK: - Settings of the flow

  private func errorHandling() -> FlowDefinition.ErrorHandling {
    var handling = FlowDefinition.ErrorHandling()
    guard let node = root["settingsErrorHandling"] else { return handling }
    handling.audio = settings(of: node, kind: "settingsErrorHandling").prompt("preHandlingAudio")
    guard let way = node["errorHandling"] else { return handling }
    guard let entry = way.entries?.first, way.entries?.count == 1 else {
      reading.report("\"errorHandling\" is a mapping with one key", at: way.position)
      return handling
    }
    let settings = settings(of: entry.value, kind: entry.key)
    switch entry.key {
    case "disconnect": handling.way = .disconnect
    case "endFlow", "endWorkflow", "exit": handling.way = .end
    case "queue": handling.way = .queue(settings.value("targetQueue", as: .resource("queue")))
    case "menu", "jumpToMenu":
      handling.way = settings.target("targetMenuRef", allowed: ["menu"]).map { .jump($0) } ?? .disconnect
    case "task", "jumpToTask":
      handling.way = settings.target("targetTaskRef", allowed: ["task"]).map { .jump($0) } ?? .disconnect
    default:
      reading.report(
        "error handling \"\(entry.key)\" is not known; known are disconnect, endFlow, endWorkflow, exit, queue, menu, task",
        at: entry.keyNode.position)
    }
    return handling
  }

  private func defaults() -> FlowDefinition.Defaults {
    var defaults = FlowDefinition.Defaults()
    guard let node = root["settingsActionDefaults"] else { return defaults }
    func duration(_ action: String, _ key: String) -> ValueSource? {
      guard let inner = node[action]?[key] else { return nil }
      return settings(of: node[action] ?? node, kind: action).value(inner, named: key, as: .duration)
    }
    defaults.noEntryTimeout = duration("collectInput", "noEntryTimeout") ?? defaults.noEntryTimeout
    defaults.interDigitTimeout = duration("collectInput", "interDigitTimeout") ?? defaults.interDigitTimeout
    defaults.dataTimeout = duration("callData", "timeout") ?? defaults.dataTimeout
    return defaults
  }
}
