import Core
import Loyalty
import Privacy
import Storage

extension Verb {
  static let ledgerClose = Verb(
    name: "ledger close", summary: "Close a customer's account for good.",
    details: """
      What is left on it is forfeited, and nothing can be posted to it any more. Servers may run meanwhile. It is refused
      while points are held.
      """,
    arguments: ["ID"],
    options: configurationOptions + [
      Option(
        name: "reason", value: "TEXT",
        summary: "Why, for the account's history: up to 200 characters, no personal data."),
      Option(name: "yes", summary: "Do not ask, though it cannot be undone."),
    ]
  ) { invocation in
    let text = invocation.arguments[0]
    guard let id = AccountID(text) else { throw CommandFailure(.usage, "\"\(text)\" is no account: acc_….") }
    let reason = invocation.value("reason") ?? ""
    guard (1...200).contains(reason.count), reason.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else { throw CommandFailure(.usage, "--reason says why, in 1 to 200 characters.") }
    guard CardNumbers.find(in: reason, named: "reason", threshold: .refuse).isEmpty else {
      throw CommandFailure(.usage, "--reason holds a card number, and would be kept for ever.")
    }
    guard !Terminal.isTyped || invocation.flag("yes") else {
      throw CommandFailure(
        .usage, "The account is closed for good, and its points are forfeited.", "Say --yes to do it.")
    }
    return try await withLedger(invocation) { platform, _ in
      let rules = LiveRules()
      try await platform.database.write { [time = platform.time] in try rules.load(at: time.now, in: $0) }
      let ledger = Ledger(
        on: platform.database, options: platform.ledgerOptions,
        rules: { [time = platform.time] in rules.current(at: time.now) }, time: platform.time, random: platform.random)
      do {
        let entry = try await CloseAccount(ledger)(id, because: reason).entry
        invocation.terminal.say("The account is closed: \(entry.points.grouped) points are forfeited.")
        invocation.terminal.record([
          "event": "closed", "account_id": .string(text), "transaction_id": .string("\(TransactionID(entry))"),
          "points": .integer(entry.points),
        ])
        return .success
      } catch let refusal as CloseAccount.Refusal {
        throw CommandFailure(refusal, text)
      }
    }
  }
}

extension CommandFailure {
  fileprivate init(_ refusal: CloseAccount.Refusal, _ account: String) {
    switch refusal {
    case .accountNotFound: self.init(.failure, "There is no account \(account).")
    case .isClosed: self.init(.conflict, "The account \(account) is closed already.")
    case .hasHolds(let points):
      self.init(
        .conflict, "\(points.grouped) points of the account are held.",
        "A reward may be on its way. Wait for it, or release the holds, and close the account then.")
    }
  }
}
