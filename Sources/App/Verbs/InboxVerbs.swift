import Core
import Storage
import Telemetry
import Webhooks

extension Verb {
  static let inboxList = Verb(
    name: "inbox list", summary: "List the webhooks that came with a good signature, the latest first.",
    options: configurationOptions + [
      Option(name: "source", value: "SOURCE", summary: "Only of this source."),
      Option(
        name: "state", value: "STATE",
        summary: "Only in this state: " + InboxState.allCases.map(\.rawValue).joined(separator: ", ") + "."),
      Option(name: "limit", value: "N", summary: "How many (default: 50)."),
    ]
  ) { invocation in
    let state = try invocation.value("state").map { text in
      guard let state = InboxState(rawValue: text) else {
        let guess = nearestNameHint(for: text, among: InboxState.allCases.map(\.rawValue))
        throw CommandFailure(.usage, "There is no state \"\(text)\".\(guess)")
      }
      return state
    }
    guard let limit = Int(invocation.value("limit") ?? "50"), (1...10_000).contains(limit) else {
      throw CommandFailure(.usage, "--limit takes a whole number from 1 to 10000.")
    }
    let source = invocation.value("source")
    return try await withInbox(invocation) { platform, table in
      let entries = try await platform.database.read {
        try table.list(source: source, state: state, limit: limit, in: $0)
      }
      let (now, terminal) = (platform.time.now, invocation.terminal)
      var table = Table(("ID", 34), ("STATE", 10), ("AGE", 8), ("SOURCE", 16), ("TOPIC", 24), ("NOTE", 40))
      for entry in entries {
        terminal.record(record(of: entry, at: now))
        table.rows.append([
          entry.id, entry.state.rawValue, (now - entry.receivedAt).spoken, entry.source, entry.topic, entry.note ?? "",
        ])
      }
      if entries.isEmpty {
        terminal.say("There are no such webhooks.")
      } else {
        table.lines.forEach { terminal.say($0) }
      }
      if entries.count == limit { terminal.say("There may be more: --limit N shows more of them.") }
      return .success
    }
  }

  static let inboxShow = Verb(
    name: "inbox show", summary: "Show one webhook.",
    details: "The body may hold names, addresses and numbers of customers: --body shows it as it came.",
    arguments: ["ID"], options: configurationOptions + [Option(name: "body", summary: "Show the body, too.")]
  ) { invocation in
    let id = invocation.arguments[0]
    return try await withInbox(invocation) { platform, table in
      guard let (delivery, entry) = try await platform.database.read({ try table.find(id, in: $0) }) else {
        throw CommandFailure(
          .failure, "There is no webhook \(id).", "It may be older than webhooks.retention; see `ringback inbox list`.")
      }
      let record = record(of: entry, at: platform.time.now)
      for member in record.members ?? [] where !member.value.isNull {
        invocation.terminal.say("\(member.name.padding(to: 12)) \(member.value.string ?? member.value.text)")
      }
      var members = record.members ?? []
      if invocation.flag("body") {
        let body = String(decoding: delivery.body, as: UTF8.self)
        invocation.terminal.say("\n\(body)")
        members.append(.init("body", .string(body)))
      }
      invocation.terminal.record(.object(members))
      return .success
    }
  }

  private static func withInbox(
    _ invocation: Invocation, _ body: (Platform, InboxTable) async throws -> ExitCode
  ) async throws -> ExitCode {
    let platform = try await Platform.open(try LoadedConfiguration.load(invocation).configuration, logger: .none)
    do {
      try await platform.migrate()
      let code = try await body(platform, InboxTable(sealer: platform.sealer))
      await platform.close()
      return code
    } catch {
      await platform.close()
      throw error
    }
  }

  private static func record(of entry: InboxEntry, at now: Timestamp) -> JSONValue {
    [
      "id": .string(entry.id), "source": .string(entry.source), "topic": .string(entry.topic),
      "delivery_id": .string(entry.deliveryID), "state": .string(entry.state.rawValue),
      "note": entry.note.map { .string($0) } ?? .null, "request_id": .string(entry.requestID),
      "received_at": .string("\(entry.receivedAt)"), "updated_at": .string("\(entry.updatedAt)"),
      "age_seconds": .integer((now - entry.receivedAt).components.seconds),
    ]
  }
}
