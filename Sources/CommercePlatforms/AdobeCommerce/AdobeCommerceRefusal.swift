import Core
import HTTPClient
import Orders

/// What an answer of 4xx to a call about returns means.
///
/// Adobe Commerce writes `{"message": "You cannot return %1.", "parameters": […]}`. The text may be translated and its
/// parameters name products; only the ones that are known are told apart, and none is passed on.
enum AdobeCommerceRefusal {
  /// Magento Open Source has no returns, and a shop can switch the module off.
  static let noReturns = "adobe_commerce 404 no_returns"

  static func meaning(of response: IncomingResponse) -> ReturnPlatformError {
    let (refusal, word) = reading(response)
    return .refused(refusal, code: "adobe_commerce \(response.status)" + (word.map { " \($0)" } ?? ""))
  }

  /// Whether there is no such service at all, rather than no such return.
  static func isMissingRoute(_ response: IncomingResponse) -> Bool {
    response.status == 404 && message(response)?.hasPrefix("Request does not match any route") != false
  }

  private static func reading(_ response: IncomingResponse) -> (ReturnRefusal, word: String?) {
    if isMissingRoute(response) { return (.refusedByPlatform, "no_returns") }
    let message = message(response) ?? ""
    if message.hasPrefix("You cannot return ") { return (.notEligible, "cannot_return") }
    if message.contains(" is greater than you can return") { return (.quantityTooLarge, "quantity") }
    if message.hasPrefix("There is an error in quantities") { return (.quantityTooLarge, "quantity") }
    return (.refusedByPlatform, nil)
  }

  private static func message(_ response: IncomingResponse) -> String? {
    (try? JSONValue(parsing: response.body))?["message"]?.string
  }
}
