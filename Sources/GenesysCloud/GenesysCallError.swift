import Core
import HTTPClient
import Orders

/// Why a call of the API did not succeed.
struct GenesysCallError: Error, Sendable {
  /// As `ContactCentreError` has them.
  enum Meaning: Sendable, Hashable {
    case notDone, refused, unknown
  }

  var meaning: Meaning
  /// For the log: no secret, no personal data, no body.
  var reason: String
  var retryAfter: Duration?
  /// Of an answer.
  var status: Int?
  var codes: [String] = []

  static func notDone(_ reason: String, retryAfter: Duration? = nil) -> GenesysCallError {
    GenesysCallError(meaning: .notDone, reason: reason, retryAfter: retryAfter)
  }

  static func refused(_ reason: String) -> GenesysCallError { GenesysCallError(meaning: .refused, reason: reason) }
  static func unknown(_ reason: String) -> GenesysCallError { GenesysCallError(meaning: .unknown, reason: reason) }
  static let unreadable = unknown("Genesys Cloud accepted it with an answer that cannot be read")

  /// The same of a call that only reads.
  var ofReading: GenesysCallError {
    var error = self
    if meaning == .unknown { error.meaning = .notDone }
    return error
  }

  /// Whether it was looked at and turned down as it stands: refused, or in conflict with what goes on.
  var isTurnedDown: Bool { meaning == .refused || status == 409 }

  /// The recipient has sent STOP. `RecipientOptedOut` is the reason of receipts; an error could write it otherwise.
  var isOptOut: Bool {
    codes.contains { code in code.lowercased().filter { $0 != "." && $0 != "_" } == "recipientoptedout" }
  }
}

extension GenesysCallError {
  init(_ error: AuthorizedRequestError) {
    self =
      switch error {
      case .token(.rejected(let status, let code)):
        .notDone("sign-in to Genesys Cloud is refused: \(status) \(code ?? "without a code")")
      case .token(.unavailable(let reason, let retryAfter)): .notDone(reason, retryAfter: retryAfter)
      case .token(.timedOut): .notDone("sign-in to Genesys Cloud did not answer in time")
      case .token(.cancelled): .notDone("the call was cancelled")
      case .http(.notSent(let reason)): .notDone("Genesys Cloud cannot be reached: \(reason)")
      case .http(.refused(let reason)): .notDone("its URL may not be called: \(reason)")
      case .http(.timedOut): .unknown("Genesys Cloud did not answer in time")
      case .http(.interrupted(let reason)): .unknown("the connection to Genesys Cloud broke: \(reason)")
      case .http(.bodyTooLarge): .unknown("the answer of Genesys Cloud is too large")
      case .http(.cancelled): .unknown("the call was cancelled on its way")
      }
  }
}

extension ContactCentreError {
  init(_ error: GenesysCallError) {
    switch error.meaning {
    case .notDone: self = .notDone(reason: error.reason, retryAfter: error.retryAfter)
    case .refused: self = .refused(reason: error.reason)
    case .unknown: self = .unknown(reason: error.reason)
    }
  }
}
