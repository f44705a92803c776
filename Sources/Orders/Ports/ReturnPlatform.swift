import Core
import HTTPMessages

/// The shop platform, as returns need it. Implemented in `CommercePlatforms`, by the connectors that are an
/// `OrderPlatform` too.
///
/// A connector makes the call and maps the answer. What is tried again, and when, is the job's.
package protocol ReturnPlatform: Sendable {
  /// The platform's name in metrics and logs, such as `shopify`.
  var name: String { get }

  /// What of the order can still be returned; nil when the platform does not know the number.
  func returnable(_ orderID: OrderID, context: CallContext) async throws(ReturnPlatformError) -> ReturnableOrder?

  /// Asks for the return. Called once for a reference, unless `find` said since that there is none.
  func submit(_ submission: ReturnSubmission, context: CallContext) async throws(ReturnPlatformError) -> PlatformReturn

  /// The return that was asked for under `submission.reference`, if there is one: asked after a lost answer or a crash,
  /// so that nothing is asked for twice.
  func find(_ submission: ReturnSubmission, context: CallContext) async throws(ReturnPlatformError) -> PlatformReturn?

  /// How a return stands now; nil when the platform does not know it any more.
  ///
  /// - Parameter id: `PlatformReturn.id`.
  func read(_ id: String, of orderID: OrderID, context: CallContext) async throws(ReturnPlatformError)
    -> PlatformReturn?

  /// What a message of this platform is about; nil when it is not about returns. Pure.
  ///
  /// - Parameters:
  ///   - topic: as the platform names it, such as `returns/approve`.
  ///   - body: its body, which a good signature vouches for.
  func hint(topic: String, body: JSONValue) -> ReturnHint?
}

/// Why a platform did not do it. Texts are for the log and for dead letters: no secret, no personal data, no body.
package enum ReturnPlatformError: Error, Sendable, Hashable {
  /// Nothing was sent, or it answered that it did nothing: trying again is safe. Throttling, 5xx that say so, an open
  /// line that broke before the request was out, refused credentials.
  case notDone(reason: String, retryAfter: Duration?)
  /// The answer was lost or says nothing: it may have been done. `find` tells.
  case unknown(reason: String)
  /// It will never be done as asked.
  ///
  /// - Parameters:
  ///   - code: the platform's, such as `INVALID_STATE`; dead letters are grouped by it.
  case refused(ReturnRefusal, code: String)
}

/// Why a return is not allowed, in words that hold for every platform. The raw value is the problem's code.
package enum ReturnRefusal: String, Error, Sendable, Hashable, Codable, CaseIterable {
  case orderUnknown = "order_unknown"
  case notEligible = "return_not_eligible"
  case windowPassed = "return_window_passed"
  case skuUnknown = "sku_not_in_order"
  case quantityTooLarge = "quantity_too_large"
  case reasonUnknown = "reason_code_unknown"
  /// Anything else that the platform will not do.
  case refusedByPlatform = "refused_by_platform"
}
