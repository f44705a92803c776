import Core
import HTTPMessages

/// A return by telephone: taken on at once, whatever the shop is doing, and then done once.
extension Demo {
  private struct Asked {
    let id: String
    let order: String
    let at: Timestamp
  }

  func playReturns() async throws {
    var asked: [Asked] = []
    heading("A caller returns an item", returns.file)
    asked += try await askForReturn("839204#,1,1", order: "ORD-839204")
    for request in asked { _ = try await end(of: request, after: ["requested"]) }

    heading("Another hangs up in the middle", nil)
    _ = try await call(returns, "839201#,2,1#,hangup", shows: false)
    let left = try await api("/v1/orders/839201/returns")["returns"]?.array?.count
    note("\(left.map(String.init) ?? "?") returns of that order", isGood: left == 0)

    heading("The shop is down while a return is asked for", "every request is answered with 503")
    try await fault(["status": 503])
    asked += try await askForReturn("839208#,70010#,1,1", order: "ORD-839208")
    note("the shop is back, but its first answer is lost: it has made a return of which Ringback hears nothing")
    try await fault(["lose_answer": true, "path": "/returns", "body_contains": "external_reference", "for_requests": 1])

    heading("How the returns ended", "what Ringback says, what the shop has")
    for request in asked { try await showEnd(of: request) }
    try await fault(nil)
  }

  private func askForReturn(_ keys: String, order: String) async throws -> [Asked] {
    let played = try await call(returns, keys)
    guard let id = played.data["return_request_id"] else {
      note("no return", isGood: false)
      return []
    }
    note("taken on in \(milliseconds(played.change)); the rest is done behind the caller's back")
    return [Asked(id: id, order: order, at: time.now)]
  }

  /// Waits until the return has left these states.
  private func end(of request: Asked, after states: Set<String>) async throws -> (status: String, rma: String?) {
    while true {
      let record = try await api("/v1/returns/\(request.id)")
      let status = record["status"]?.string ?? "unknown"
      guard states.contains(status), time.now < request.at + .seconds(30) else {
        return (status, record["rma_number"]?.string)
      }
      try await time.sleep(for: .milliseconds(50))
    }
  }

  private func showEnd(of request: Asked) async throws {
    let (status, rma) = try await end(of: request, after: ["requested", "submitted"])
    let seconds = milliseconds((time.now - request.at) / 1_000).dropLast(2)
    let atShop = try await entries("/_returns", "returns").count { $0["reference"]?.string == request.id }
    let texts = try await texts(with: rma ?? request.order)
    note(
      "\(request.order)  \(status), \(rma ?? "no number"), after \(seconds)s   at the shop: \(atShop) return   "
        + "the caller got \(texts) text", isGood: status == "authorized" && atShop == 1 && texts == 1)
  }

  /// Waits a moment for the job.
  private func texts(with words: String) async throws -> Int {
    for _ in 0..<60 {
      let count = try await entries("/_inbox", "items").count { $0["body"]?.string?.contains(words) == true }
      if count > 0 { return count }
      try await time.sleep(for: .milliseconds(50))
    }
    return 0
  }

  private func entries(_ path: String, _ name: String) async throws -> [JSONValue] {
    try await vendors(.get, path)[name]?.array ?? []
  }
}
