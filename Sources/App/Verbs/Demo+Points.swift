import ArchitectFlows
import Core

/// Points: earned once, redeemed by telephone and in a message through the portal, kept nowhere but in the ledger.
extension Demo {
  private static let reward = "RWD-8842"

  func playPoints() async throws {
    // A customer of this showing: another one has other points.
    let run = String(time.now.microseconds)
    let customer = "demo-\(run)"
    try await offerReward(run)

    heading("A survey earns points", "the same event, told ten times at once")
    try await earn(customer, run)

    let values = ["Flow.customerId": customer]
    let loyalty = try DemoFlow(flows + "/loyalty.yaml", values: values)
    heading("A member redeems them", loyalty.file)
    showReceipt(of: try await call(loyalty, "1,1,1"))

    let messaging = try DemoFlow(flows + "/loyalty-messaging.yaml", values: values)
    heading("The same in web messaging", messaging.file)
    showReceipt(of: try await call(messaging, texts: ["My points?", "yes", "1", "yes"]))

    heading("What the books say", nil)
    try await showBooks(customer)
  }

  private func offerReward(_ run: String) async throws {
    // It may be there from before.
    _ = try await api(
      "/v1/rewards",
      posting: [
        "reward_id": .string(Self.reward), "title": ["en": "Coffee for two", "de": "Kaffee für zwei"],
        "description": ["en": "In any of our shops.", "de": "In allen unseren Läden."], "point_cost": 2_500,
        "fulfillment": ["methods": ["code"]], "active": true,
      ])
    _ = try await api(
      "/v1/rewards/\(Self.reward)/codes",
      posting: ["codes": .array((1...2).map { .string("DEMO-\(run)-\($0)") })])
  }

  private func earn(_ customer: String, _ run: String) async throws {
    let event: JSONValue = [
      "event_id": .string(run), "channel": "demo", "type": "accrual", "customer_id": .string(customer), "points": 5_600,
      "reason": "survey",
    ]
    let answers = try await withThrowingTaskGroup(of: JSONValue.self) { group in
      for _ in 0..<10 { group.addTask { try await api("/v1/ledger/transaction/process", posting: event) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let balance = try await balance(of: customer)["balance"]?.integer
    note(
      "\(answers.count) answers, \(Set(answers).count) transaction; the balance is \(balance.map(String.init) ?? "?")",
      isGood: Set(answers).count == 1 && balance == 5_600)
  }

  private func showReceipt(of played: Played) {
    guard let receipt = played.data["ringback_request_id"] else { return note("nothing was redeemed", isGood: false) }
    note("receipt \(receipt); the conversation keeps \(played.data.keys.sorted().joined(separator: ", ")), no points")
  }

  private func showBooks(_ customer: String) async throws {
    let found = try await balance(of: customer)
    let account = found["account_id"]?.string ?? ""
    let history = try await api("/v1/ledger/accounts/\(account)/transactions")["transactions"]?.array ?? []
    let sum = history.compactMap { $0["change"]?.integer }.reduce(0, +)
    note(
      "\(history.count) transactions that add up to \(sum), each with the hash of the one before",
      isGood: sum == found["balance"]?.integer)
  }

  private func balance(of customer: String) async throws -> JSONValue {
    try await api("/v1/ledger/balance/lookup", posting: ["customer_id": .string(customer)])
  }
}
