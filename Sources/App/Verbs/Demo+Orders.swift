import Core
import HTTPMessages

/// Where is my order, and what a caller hears when the shop cannot say.
extension Demo {
  func playOrderStatus() async throws {
    heading("A caller asks where the order is", orderStatus.file)
    let first = try await call(orderStatus, "839201#")
    note("the look-up took \(milliseconds(first.lookUp)), \(first.shopRequests) request to the shop")

    heading("The same question again", nil)
    let second = try await call(orderStatus, "839201#", shows: false)
    note("answered in \(milliseconds(second.lookUp)), \(second.shopRequests) requests to the shop (cached)")
  }

  func playBrokenShop() async throws {
    heading("Now the shop breaks", "every request is answered with 500")
    try await fault(["status": 500])
    let broken = try await call(orderStatus, "839203#,1")
    note("asked the shop \(broken.shopRequests) time, then offered a way out")
    let callbacks = try await callbackCount()
    heading("The line drops and the caller dials again", nil)
    _ = try await call(orderStatus, "839203#,1", shows: false)
    let after = try await callbackCount()
    note("\(after) call back booked, although it was asked for twice\(callbacks == after ? "" : " (pending)")")

    heading("More callers; after five failures the circuit breaker opens", nil)
    for number in ["839205#", "839206#", "839208#", "839209#", "839210#"] {
      _ = try await call(orderStatus, number + ",9", shows: false)
    }
    let open = try await call(orderStatus, "839211#,9", shows: false)
    note(
      "the next caller heard the offer after \(milliseconds(open.lookUp)), \(open.shopRequests) requests to the shop"
    )
    try await fault(nil)
  }

  /// Waits a moment for the job: the call-back is booked behind the caller's back.
  private func callbackCount() async throws -> Int {
    for _ in 0..<40 {
      let inbox = try await vendors(.get, "/_inbox")
      let count = (inbox["items"]?.array ?? []).count { $0["kind"]?.string == "callback" }
      if count > 0 { return count }
      try await time.sleep(for: .milliseconds(50))
    }
    return 0
  }
}
