import Core
import YAML

/// `callTask`: the task runs with variables of its own; its end brings the call back here.
struct CallTask: FlowAction {
  private let target: FlowTarget?
  private let inputs: [(key: String, value: ValueSource)]
  private let outputs: [(key: String, variable: VariableDeclaration)]
  private let paths: [String: ActionList]

  init(_ settings: Settings) {
    settings.checkSpelling(["targetTaskRef", "inputs", "taskInputs", "taskOutputs", "outputPaths"])
    target = settings.target("targetTaskRef", allowed: ["task"])
    // The called task may stand further down the file, so names of its variables are looked up when the call runs.
    inputs =
      (settings.node["inputs"] ?? settings.node["taskInputs"])?.entries?.map {
        ($0.key.lowercased(), settings.value($0.value, named: $0.key, as: .any))
      } ?? []
    let entries = settings.node["outputs"]?.entries ?? []
    let bindings = (settings.node["taskOutputs"]?.entries ?? []) + entries.filter { $0.value["actions"] == nil }
    outputs = bindings.compactMap { entry in
      settings.variable(entry.value, named: entry.key, receives: .any).map { (entry.key.lowercased(), $0) }
    }
    paths = Dictionary(
      (entries + (settings.node["outputPaths"]?.entries ?? [])).filter { $0.value["actions"] != nil }
        .map { ($0.key, settings.reading.actions($0.value["actions"])) }
    ) { first, _ in first }
  }

  func run(in call: Call) async throws -> Step {
    guard case .task(let reference)? = target, let task = call.flow.tasks[reference] else { return .next }
    var given: [String: (FlowValue, isSecret: Bool)] = [:]
    for input in inputs { given[input.key] = try call.value(input.value) }
    let (step, results) = try await call.run(task, inputs: given)
    for output in outputs {
      guard let (value, isSecret) = results[output.key] else { continue }
      try call.assign(value, to: output.variable, isSecret: isSecret)
    }
    switch step {
    case .endTask(let path?): return try await call.run(paths[path] ?? [], as: path)
    case .endTask(nil), .next, .loopNext, .loopExit: return .next
    case .jump, .finished: return step
    }
  }
}

/// `endTask`
struct EndTask: FlowAction {
  private let path: String?

  init(_ settings: Settings) {
    settings.checkSpelling(["outputPath"])
    path = settings.node["outputPath"]?["name"]?.string ?? settings.node["outputPath"]?.string
  }

  func run(in call: Call) async throws -> Step { .endTask(path: path) }
}

/// `jumpToMenu` and the menu's choices that lead to a menu.
struct JumpToMenu: FlowAction {
  private let target: FlowTarget?

  init(_ settings: Settings) {
    target = settings.target("targetMenuRef", allowed: ["menu"])
  }

  func run(in call: Call) async throws -> Step { target.map { .jump($0) } ?? .next }
}

/// `jumpToTask` and the menu's choice of that kind: there is no way back.
struct JumpToTask: FlowAction {
  private let target: FlowTarget?

  init(_ settings: Settings) {
    target = settings.target("targetTaskRef", allowed: ["task"])
  }

  func run(in call: Call) async throws -> Step { target.map { .jump($0) } ?? .next }
}

/// `changeState`
struct ChangeState: FlowAction {
  private let target: FlowTarget?

  init(_ settings: Settings) {
    target = settings.target("targetStateRef", allowed: ["state"])
  }

  func run(in call: Call) async throws -> Step { target.map { .jump($0) } ?? .next }
}

/// A menu choice with actions of its own.
struct MenuTask: FlowAction {
  private let actions: ActionList

  init(_ settings: Settings) {
    settings.checkSpelling(["dtmf", "globalDtmf", "globalSpeechRecTerms", "speechRecTerms", "task"])
    guard let task = settings.node["task"] else {
      settings.reading.report("menu choice \"menuTask\" needs \"task\"", at: settings.position)
      actions = []
      return
    }
    actions = settings.reading.actions(task["actions"])
  }

  func run(in call: Call) async throws -> Step { try await call.run(actions, as: nil) }
}

/// A menu choice that says the menu again; the menu knows it by its step.
struct MenuRepeat: FlowAction {
  init(_ settings: Settings) {}
  func run(in call: Call) async throws -> Step { .loopNext }
}
