import Core
import HTTPMessages
import Orders

/// Stands where no shop platform that takes returns is configured: none is taken on, and what was taken on before waits.
struct NoReturnPlatform: ReturnPlatform {
  private static let refusal = ReturnPlatformError.notDone(reason: "no platform", retryAfter: nil)

  let name = "none"

  func returnable(
    _ orderID: OrderID, context: CallContext
  ) async throws(ReturnPlatformError) -> ReturnableOrder? { throw Self.refusal }

  func submit(
    _ submission: ReturnSubmission, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn { throw Self.refusal }

  func find(
    _ submission: ReturnSubmission, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn? { throw Self.refusal }

  func read(
    _ id: String, of orderID: OrderID, context: CallContext
  ) async throws(ReturnPlatformError) -> PlatformReturn? { throw Self.refusal }

  func hint(topic: String, body: JSONValue) -> ReturnHint? { nil }
}
