import Core
import YAML

/// How a simulated call is set up.
package struct CallOptions: Sendable {
  /// `Call.Ani`, as Genesys Cloud gives it: `tel:+14155550123`.
  package var callerNumber: String
  package var calledNumber: String
  /// `Call.ConversationId`: a UUID in production.
  package var conversationID: String
  /// What schedules and schedule groups say, by name: `inactive`; `closed`, `holiday`, `emergency`.
  package var schedules: [String: String]
  /// Attributes that the conversation has when the flow begins.
  package var participantData: [String: String]

  package init(
    callerNumber: String = "tel:+14155550123", calledNumber: String = "tel:+14155550100", conversationID: String,
    schedules: [String: String] = [:], participantData: [String: String] = [:]
  ) {
    self.callerNumber = callerNumber
    self.calledNumber = calledNumber
    self.conversationID = conversationID
    self.schedules = schedules
    self.participantData = participantData
  }
}

/// A fault together with the action that it happened in.
struct PlacedFault: Error {
  let fault: FlowFault
  let action: PlacedAction
}

/// A call while it runs. Used by one task only.
final class Call {
  /// The vendor's cap on the actions of one invocation, and what error handling may add (help article 20587).
  private static let actionLimit = 10_000
  private static let errorHandlingAllowance = 1_000
  private static let personal: Set<String> = ["call.ani", "call.remotename"]

  /// The bot while one is asking.
  private(set) var flow: FlowDefinition
  let options: CallOptions
  let terminal: any CallTerminal
  let dataActions: DataActionRunner
  let time: any TimeSource
  let onEvent: @Sendable (CallEvent) -> Void
  let start: Duration
  private(set) var variables: Variables
  /// Initial values that were given from outside, by key.
  private var overrides: [String: FlowValue]
  private var attributes: [String: FlowValue]
  private var secretAttributes: Set<String> = []
  private var current: PlacedAction?
  private var actionCount = 0
  private var limit = Call.actionLimit
  var requestCount = 0
  private var isHandlingError = false

  init(
    flow: FlowDefinition, options: CallOptions, values: [String: FlowValue], terminal: any CallTerminal,
    dataActions: DataActionRunner, time: any TimeSource, onEvent: @escaping @Sendable (CallEvent) -> Void
  ) {
    self.flow = flow
    self.options = options
    self.terminal = terminal
    self.dataActions = dataActions
    self.time = time
    self.onEvent = onEvent
    start = time.uptime
    attributes = options.participantData.mapValues(FlowValue.string)
    // The caller's number is personal: nothing that shows it is printed.
    variables = Variables(secureKeys: flow.secureKeys.union(Self.personal))
    overrides = values
    setBuiltIns()
    for (key, value) in values { variables[key] = value }
  }

  private func setBuiltIns() {
    let builtIns: KeyValuePairs<String, FlowValue> = [
      "call.ani": .string(options.callerNumber), "call.calledaddress": .string(options.calledNumber),
      "call.calledaddressoriginal": .string(options.calledNumber),
      "call.conversationid": .string(options.conversationID), "flow.conversationid": .string(options.conversationID),
      "message.conversationid": .string(options.conversationID),
      "email.conversationid": .string(options.conversationID),
      "chat.conversationid": .string(options.conversationID), "call.language": .string("en-us"),
      "flow.istest": .boolean(true), "flow.startdatetimeutc": .dateTime(time.now),
      "message.isnewconversation": .boolean(true), "system.minint": .integer(-999_999_999_999_999),
      "system.maxint": .integer(999_999_999_999_999), "call.positioninqueue": .integer(1),
      "call.estimatedwaittime": .duration(.seconds(60)),
    ]
    for (key, value) in builtIns { variables[key] = value }
  }

  // MARK: - The whole call

  func play() async -> CallOutcome {
    emit(.answered(flow: flow.name, kind: flow.kind.rawValue))
    let outcome = await played()
    emit(.outcome(outcome, requests: requestCount))
    return outcome
  }

  private func played() async -> CallOutcome {
    do {
      try await beginConversation()
      try setInitialValues(flow.variables)
      try await speak(flow.greeting)
      if let startUp = flow.startUp {
        let (step, _) = try await run(startUp, inputs: [:])
        return try await follow(step)
      }
      return try await follow(flow.start.map { .jump($0) } ?? .next)
    } catch {
      return await handle(error)
    }
  }

  /// A message flow begins with what the customer wrote.
  private func beginConversation() async throws {
    guard flow.kind == .inboundShortMessage, overrides["message.message.body"] == nil else { return }
    if let words = try await text(isSecret: false) { variables["message.message.body"] = .string(words) }
  }

  private func follow(_ first: Step) async throws -> CallOutcome {
    var step = first
    while case .jump(let target) = step {
      variables.removeFrames()
      switch target {
      case .task(let reference), .state(let reference):
        guard let task = flow.tasks[reference] ?? flow.states[reference] else { return .completed }
        step = try await run(task, inputs: [:]).step
      case .menu(let reference):
        guard let menu = flow.menus[reference] else { return .completed }
        step = try await run(menu)
      }
    }
    if case .finished(let outcome) = step { return outcome }
    return .completed
  }

  private func handle(_ error: any Error) async -> CallOutcome {
    guard let fault = error as? PlacedFault else {
      if let fault = error as? FlowFault {
        emit(.fault(action: flow.name, line: 1, column: 1, reason: fault.reason))
        return .failed(reason: fault.reason)
      }
      return .hungUp
    }
    let position = fault.action.position
    emit(.fault(action: fault.action.name, line: position.line, column: position.column, reason: fault.fault.reason))
    guard !isHandlingError else { return .failed(reason: fault.fault.reason) }
    isHandlingError = true
    limit += Self.errorHandlingAllowance
    variables.removeFrames()
    do {
      try await speak(flow.errorHandling.audio)
      switch flow.errorHandling.way {
      case .disconnect, .end: return .failed(reason: fault.fault.reason)
      case .queue(let queue): return .transferred(queue: try text(queue))
      case .jump(let target): return try await follow(.jump(target))
      }
    } catch {
      return await handle(error)
    }
  }

  // MARK: - Actions

  /// Counts an action, as the vendor does, so that a flow that circles ends.
  func count() throws(FlowFault) {
    actionCount += 1
    guard actionCount <= limit else { throw FlowFault("the flow ran more than \(limit) actions") }
  }

  func checkIsThere() throws(CallerHungUp) {
    if Task.isCancelled { throw CallerHungUp() }
  }

  /// Runs the actions behind an output of the current action.
  func run(_ actions: ActionList, as path: String?, isShown: Bool = true) async throws -> Step {
    if let path, isShown { emit(.branch(action: current?.name ?? flow.name, path: path)) }
    return try await run(actions)
  }

  private func run(_ actions: ActionList) async throws -> Step {
    let outer = current
    defer { current = outer }
    for placed in actions {
      let step = try await run(placed)
      guard case .next = step else { return step }
    }
    return .next
  }

  private func run(_ placed: PlacedAction) async throws -> Step {
    current = placed
    try checkIsThere()
    do {
      try count()
      return try await placed.action.run(in: self)
    } catch let fault as FlowFault {
      throw PlacedFault(fault: fault, action: placed)
    }
  }

  func run(
    _ task: FlowDefinition.Task, inputs: [String: (FlowValue, isSecret: Bool)]
  ) async throws -> (step: Step, results: [String: (FlowValue, isSecret: Bool)]) {
    variables.pushFrame()
    try setInitialValues(task.variables)
    for (key, (value, isSecret)) in inputs {
      if isSecret { variables.markSecure(key) }
      variables[key] = value
    }
    let step = try await run(task.actions)
    var results: [String: (FlowValue, isSecret: Bool)] = [:]
    for variable in task.variables where variable.isOutput {
      let key = variable.declaration.key
      results[key] = (variables[key], variables.isSecure(key))
    }
    variables.popFrame()
    return (step, results)
  }

  /// Runs a bot flow with variables of its own, and reads what it shares.
  func run(
    _ bot: FlowDefinition, inputs: [String: (FlowValue, isSecret: Bool)], outputs: [String]
  ) async throws -> (CallOutcome, [String: (FlowValue, isSecret: Bool)]) {
    let outer = (flow, variables, overrides)
    defer { (flow, variables, overrides) = outer }
    (flow, overrides) = (bot, [:])
    variables = Variables(secureKeys: bot.secureKeys.union(Self.personal))
    setBuiltIns()
    try setInitialValues(bot.variables)
    for (key, (value, isSecret)) in inputs {
      if isSecret { variables.markSecure(key) }
      variables[key] = value
    }
    let outcome = try await follow(bot.start.map { .jump($0) } ?? .next)
    let results = outputs.map { ($0, (variables[$0], isSecret: variables.isSecure($0))) }
    return (outcome, Dictionary(results) { first, _ in first })
  }

  private func run(_ menu: FlowDefinition.Menu) async throws -> Step {
    let timeout = try duration(menu.selectionTimeout) ?? .seconds(5)
    var misses = 0
    while misses <= menu.repeatCount {
      try count()
      try await speak(menu.audio)
      try await terminal.beginInput()
      let key = try await terminal.key(within: timeout)
      await terminal.endInput()
      show(keys: key.map(String.init) ?? "", into: nil, noEntryAfter: timeout)
      guard let choice = menu.choices.first(where: { $0.key == key }) else {
        misses += 1
        continue
      }
      emit(.branch(action: menu.name, path: choice.action.name))
      let step = try await run(choice.action)
      if case .loopNext = step { continue }
      return step
    }
    return .finished(.disconnected)
  }

  // MARK: - Values

  /// The value of a setting, and whether something secure was read for it.
  func value(_ source: ValueSource) throws(FlowFault) -> (value: FlowValue, isSecret: Bool) {
    switch source {
    case .notSet: return (.notSet, false)
    case .literal(let value): return (value, false)
    case .expression(let expression):
      var evaluation = Evaluation(variables: variables, time: time)
      let value = try evaluation.value(of: expression.root)
      return (value, evaluation.touchedSecret)
    }
  }

  /// Empty for NOT_SET.
  func text(_ source: ValueSource) throws(FlowFault) -> String { try value(source).value.text }

  func duration(_ source: ValueSource) throws(FlowFault) -> Duration? {
    switch try value(source).value {
    case .notSet: return nil
    case .duration(let duration): return max(.zero, min(duration, .seconds(31_536_000)))
    case let other: throw FlowFault("\(other.type.withArticle) is no duration")
    }
  }

  func truth(_ source: ValueSource) throws(FlowFault) -> Bool {
    guard case .boolean(let flag) = try value(source).value.converted(to: .boolean) else { return false }
    return flag
  }

  func assign(
    _ value: FlowValue, to variable: VariableDeclaration, isSecret: Bool, isShown: Bool = true
  ) throws(FlowFault) {
    if isSecret { variables.markSecure(variable.key) }
    let converted = try value.converted(to: variable.type)
    variables[variable.key] = converted
    guard isShown else { return }
    emit(.variable(name: variable.name, value: variables.isSecure(variable.key) ? nil : converted.json))
  }

  private func setInitialValues(_ list: [FlowDefinition.Variable]) throws {
    for variable in list {
      let key = variable.declaration.key
      let (value, isSecret) = try value(variable.initial)
      if isSecret { variables.markSecure(key) }
      variables[key] = try overrides[key] ?? value.converted(to: variable.declaration.type)
    }
  }

  func participantData(_ name: String) -> (value: FlowValue, isSecret: Bool) {
    (attributes[name] ?? .notSet, secretAttributes.contains(name))
  }

  func setParticipantData(_ name: String, _ value: FlowValue, isSecret: Bool) {
    attributes[name] = value
    if isSecret { secretAttributes.insert(name) } else { secretAttributes.remove(name) }
    emit(.participantData(name: name, value: isSecret ? nil : .string(value.text)))
  }
}
