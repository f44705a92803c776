import Core
import Events
import Jobs
import Orders
import Storage
import Telemetry

extension Verb {
  static let returnsList = Verb(
    name: "returns list", summary: "List returns, the latest first.",
    options: configurationOptions + [
      Option(name: "state", value: "STATE", summary: "Only in this state: \(ReturnState.names)."),
      Option(name: "order", value: "NUMBER", summary: "Only of this order."),
      Option(name: "limit", value: "N", summary: "How many (default: 50)."),
    ]
  ) { invocation in
    try await ReturnAccess.with(invocation) { access in
      let state = try invocation.value("state").map(ReturnState.init(typed:))
      let limit = try invocation.number("limit", 1...10_000) ?? 50
      let order = try invocation.value("order").map { number in
        guard let id = access.idFormat.parse(number) else {
          throw CommandFailure(
            .usage, "--order \"\(number)\" is no order number.", "orders.id_prefix says what one looks like.")
        }
        return id
      }
      let entries = try await access.database.read { [returns = access.returns] in
        try returns.list(state, of: order, limit: limit, in: $0)
      }
      let (terminal, now) = (invocation.terminal, access.time.now)
      var table = Table(("ID", 34), ("ORDER", 20), ("STATE", 10), ("AGE", 8), ("RMA", 16), ("REFUSED", 24))
      for entry in entries {
        terminal.record(.object(entry.members))
        table.rows.append([
          entry.id, entry.orderID.rawValue, entry.state.rawValue, (now - entry.createdAt).spoken, entry.rmaNumber ?? "",
          entry.refusal ?? "",
        ])
      }
      if entries.isEmpty {
        terminal.say("There are no such returns.")
      } else {
        table.lines.forEach { terminal.say($0) }
      }
      if entries.count == limit { terminal.say("There may be more: --limit N shows more of them.") }
      return .success
    }
  }

  static let returnsShow = Verb(
    name: "returns show", summary: "Show a return with every move that it made.",
    details: "The customer's address is sealed and never shown.", arguments: ["ID"], options: configurationOptions
  ) { invocation in
    try await ReturnAccess.with(invocation) { access in
      let id = invocation.arguments[0]
      let found = try await access.database.read { [returns = access.returns] in try returns.find(id, in: $0) }
      guard let (entry, transitions) = found else {
        throw CommandFailure(OperateReturns.Refusal.notFound, id, .requested)
      }
      let terminal = invocation.terminal
      terminal.record(.object(entry.members + [.init("transitions", .array(transitions.map(\.json)))]))
      for member in entry.members where !member.value.isNull {
        terminal.say("\(member.name.padding(to: 20))\(member.value.string ?? member.value.text)")
      }
      guard !transitions.isEmpty else { return .success }
      terminal.say()
      var table = Table(("AT", 24), ("TO", 10), ("CAUSE", 10), ("DETAIL", 50))
      for step in transitions {
        let detail = [step.actor.map { "by \($0)" }, step.detail].compactMap { $0 }.joined(separator: ": ")
        table.rows.append(["\(step.at)", step.to.rawValue, step.cause.rawValue, detail])
      }
      table.lines.forEach { terminal.say($0) }
      return .success
    }
  }

  static let returnsMove = Verb(
    name: "returns move", summary: "Move a return to another state by hand.",
    details: """
      Nothing is asked of the shop: see first that it is so there. The contact centre, the customer and the subscribers of
      events are told as of any other move. A return never goes back, and what has ended stays.
      """,
    arguments: ["ID", "STATE"],
    options: configurationOptions + [
      Option(name: "reason", value: "TEXT", summary: "Why; kept with the move, and seen by whoever reads the return.")
    ]
  ) { invocation in
    try await ReturnAccess.with(invocation) { access in
      let (id, state) = (invocation.arguments[0], try ReturnState(typed: invocation.arguments[1]))
      guard let reason = invocation.value("reason"), !reason.isEmpty else {
        throw CommandFailure(.usage, "A move by hand needs a reason: --reason TEXT.")
      }
      do {
        try await access.database.write { [returns = access.returns, actor = access.actor] in
          try returns.move(id, to: state, reason: reason, by: actor, in: $0)
        }
      } catch let refusal as OperateReturns.Refusal {
        throw CommandFailure(refusal, id, state)
      }
      invocation.terminal.say("\(id) is \(state.rawValue).")
      invocation.terminal.record([
        "event": "moved", "return_request_id": .string(id), "status": .string(state.rawValue),
      ])
      return .success
    }
  }
}

/// The returns of a database, which a running server may share, for the verbs that look after them.
private struct ReturnAccess: Sendable {
  let returns: OperateReturns
  let idFormat: OrderIDFormat
  let database: any Database
  let time: any TimeSource
  let actor: String

  static func with(
    _ invocation: Invocation, _ body: (ReturnAccess) async throws -> ExitCode
  ) async throws -> ExitCode {
    let settings = try LoadedConfiguration.load(invocation).configuration
    let idFormat = try settings.orders.configuration().idFormat
    return try await JobAccess.with(invocation) { access, platform in
      let events = settings.events.configuration(source: settings.server.publicURL ?? "") { settings.events }
      let outbox = Outbox(
        subscribers: events.subscribers, jobs: access.queue, time: platform.time, random: platform.random)
      let returns = OperateReturns(
        settings.returns.configuration(isConnected: true), jobs: access.queue, announce: outbox.announce,
        sealer: platform.sealer, hashKey: platform.hashKey, time: platform.time, random: platform.random)
      return try await body(
        ReturnAccess(
          returns: returns, idFormat: idFormat, database: access.database, time: access.time, actor: access.actor))
    }
  }
}

extension CommandFailure {
  fileprivate init(_ refusal: OperateReturns.Refusal, _ id: String, _ state: ReturnState) {
    switch refusal {
    case .notFound:
      self.init(.failure, "There is no return \(id).", "`ringback returns list` shows those that there are.")
    case .illegal(let from, let allowed):
      self.init(
        .conflict, "\(id) is \(from.rawValue) and cannot become \(state.rawValue).",
        allowed.isEmpty
          ? "It has ended, and what has ended stays."
          : "It can become \(allowed.map(\.rawValue).joined(separator: ", ")).")
    }
  }
}

extension ReturnState {
  fileprivate static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// - Throws: `CommandFailure` for what is none.
  fileprivate init(typed text: String) throws {
    guard let state = ReturnState(rawValue: text) else {
      let guess = nearestNameHint(for: text, among: Self.allCases.map(\.rawValue))
      throw CommandFailure(.usage, "There is no state \"\(text)\".\(guess)", "The states are \(Self.names).")
    }
    self = state
  }
}

extension OperateReturns.Entry {
  fileprivate var members: [JSONValue.Member] {
    func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
    return [
      .init("return_request_id", .string(id)), .init("order_id", .string(orderID.rawValue)),
      .init("status", .string(state.rawValue)), .init("rma_number", text(rmaNumber)),
      .init("platform_id", text(platformID)), .init("customer_reference", .string(customerReference)),
      .init("refused", text(refusal)), .init("created_at", .string("\(createdAt)")),
      .init("expires_at", .string("\(expiresAt)")), .init("request_id", .string(requestID)),
    ]
  }
}

extension ReturnTransition {
  fileprivate var json: JSONValue {
    [
      "from": from.map { .string($0.rawValue) } ?? .null, "to": .string(to.rawValue), "at": .string("\(at)"),
      "cause": .string(cause.rawValue), "request_id": .string(requestID), "detail": detail.map { .string($0) } ?? .null,
      "actor": actor.map { .string($0) } ?? .null,
    ]
  }
}
