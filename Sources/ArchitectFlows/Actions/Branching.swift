import Core
import YAML

/// `decision`: outputs `yes` and `no`, which YAML 1.1 tools turn into truth values.
struct Decision: FlowAction {
  private let condition: ValueSource
  private var yes: ActionList = []
  private var no: ActionList = []

  init(_ settings: Settings) {
    settings.checkSpelling(["condition"])
    condition = settings.value("condition", as: .boolean)
    for entry in settings.node["outputs"]?.entries ?? [] {
      switch YAMLNode.yesOrNo(entry.key) {
      case true: yes = settings.reading.actions(entry.value["actions"])
      case false: no = settings.reading.actions(entry.value["actions"])
      case nil:
        settings.reading.report(
          "a decision has the outputs \"yes\" and \"no\", not \"\(entry.key)\"", at: entry.keyNode.position)
      }
    }
  }

  func run(in call: Call) async throws -> Step {
    guard case .boolean(let flag) = try call.value(condition).value.converted(to: .boolean) else {
      throw FlowFault("the condition is NOT_SET")
    }
    return flag ? try await call.run(yes, as: "yes") : try await call.run(no, as: "no")
  }
}

/// `switch` with `firstMatch` (a value against cases) or `firstTrue` (conditions).
struct Switch: FlowAction {
  private struct Case {
    let value: ValueSource
    let actions: ActionList
  }

  private var subject: ValueSource?
  private var cases: [Case] = []
  private var otherwise: ActionList = []

  init(_ settings: Settings) {
    let reading = settings.reading
    settings.checkSpelling(["evaluate"])
    guard let evaluate = settings.node["evaluate"], let entry = evaluate.entries?.first else {
      reading.report("action \"switch\" needs \"evaluate\" with firstMatch or firstTrue", at: settings.position)
      return
    }
    switch entry.key {
    case "firstTrue": read(entry.value, type: .boolean, settings)
    case "firstMatch":
      guard let typed = entry.value.entries?.first(where: { $0.key != "default" }),
        let type = FlowType(named: typed.key)
      else {
        reading.report(
          "\"firstMatch\" is a mapping with the type of the value, such as \"string\"", at: entry.keyNode.position)
        return
      }
      subject = typed.value["value"].map { settings.value($0, named: "value", as: type) } ?? .notSet
      read(typed.value, type: type, settings)
      if let outer = entry.value["default"]?["actions"] { otherwise = reading.actions(outer) }
    default:
      reading.report(
        "\"\(entry.key)\" is no way to evaluate; known are firstMatch and firstTrue", at: entry.keyNode.position)
    }
  }

  private mutating func read(_ node: YAMLNode, type: FlowType, _ settings: Settings) {
    let reading = settings.reading
    for item in node["cases"]?.items ?? [] {
      guard let inner = item["case"], let value = inner["value"] else {
        reading.report("a case is written {case: {value: …, actions: […]}}", at: item.position)
        continue
      }
      cases.append(
        Case(value: settings.value(value, named: "value", as: type), actions: reading.actions(inner["actions"])))
    }
    otherwise = reading.actions(node["default"]?["actions"])
  }

  func run(in call: Call) async throws -> Step {
    let wanted = try subject.map { try call.value($0) }
    for (index, choice) in cases.enumerated() {
      let (value, isSecret) = try call.value(choice.value)
      let matches = try wanted.map { try $0.value.isEqual(to: value) } ?? (value == .boolean(true))
      guard matches else { continue }
      // The case that fits a secure value would tell it.
      let isNumbered = isSecret || wanted?.isSecret ?? true
      return try await call.run(choice.actions, as: isNumbered ? "case \(index + 1)" : "case \(value.text)")
    }
    return try await call.run(otherwise, as: "default")
  }
}

/// `loop`: counts from 0; `loopNext` and `loopExit` inside it.
struct Loop: FlowAction {
  private let index: VariableDeclaration?
  private let count: ValueSource
  private let body: ActionList

  init(_ settings: Settings) {
    settings.checkSpelling(["currentIndex", "loopCount"])
    settings.checkOutputs(["loop"])
    index = settings.variable("currentIndex", receives: .integer)
    count = settings.value("loopCount", as: .integer)
    body = settings.output("loop")
  }

  func run(in call: Call) async throws -> Step {
    guard case .integer(let count) = try call.value(count).value.converted(to: .integer) else {
      throw FlowFault("the loop count is NOT_SET")
    }
    for position in 0..<max(0, count) {
      if let index { try call.assign(.integer(position), to: index, isSecret: false, isShown: false) }
      let step = try await call.run(body, as: "loop", isShown: false)
      try call.count()
      switch step {
      case .next, .loopNext: continue
      case .loopExit: return .next
      default: return step
      }
    }
    return .next
  }
}

struct LoopNext: FlowAction {
  init(_ settings: Settings) {}
  func run(in call: Call) async throws -> Step { .loopNext }
}

struct LoopExit: FlowAction {
  init(_ settings: Settings) {}
  func run(in call: Call) async throws -> Step { .loopExit }
}

/// `evaluateSchedule`: active, unless the call was set up otherwise.
struct EvaluateSchedule: FlowAction {
  private let schedule: ValueSource
  private let active: ActionList
  private let inactive: ActionList

  init(_ settings: Settings) {
    settings.checkSpelling(["evaluationType"])
    settings.checkOutputs(["active", "inactive"])
    let inner = settings.node["evaluationType"]?["schedule"]?["selectedSchedule"] ?? settings.node["selectedSchedule"]
    schedule = inner.map { settings.value($0, named: "selectedSchedule", as: .resource("schedule")) } ?? .notSet
    active = settings.output("active")
    inactive = settings.output("inactive")
  }

  func run(in call: Call) async throws -> Step {
    let isActive = call.options.schedules[try call.text(schedule)] != "inactive"
    return isActive ? try await call.run(active, as: "active") : try await call.run(inactive, as: "inactive")
  }
}

/// `evaluateScheduleGroup`: open, unless the call was set up otherwise.
struct EvaluateScheduleGroup: FlowAction {
  private static let states = ["open", "closed", "holiday", "emergency"]

  private let group: ValueSource
  private let outputs: [String: ActionList]

  init(_ settings: Settings) {
    settings.checkSpelling(["scheduleGroup", "inServiceSchedules", "emergencyGroup", "evaluate"])
    settings.checkOutputs(Self.states)
    group = settings.value("scheduleGroup", as: .resource("scheduleGroup"), isRequired: false)
    outputs = Dictionary(uniqueKeysWithValues: Self.states.map { ($0, settings.output($0)) })
  }

  func run(in call: Call) async throws -> Step {
    let state = call.options.schedules[try call.text(group)] ?? "open"
    return try await call.run(outputs[state] ?? [], as: state)
  }
}
