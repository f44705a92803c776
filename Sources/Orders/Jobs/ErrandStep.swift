import Core

/// What comes of one attempt at an errand.
enum ErrandStep: Sendable, Hashable {
  /// Nothing is left to do.
  case finished
  /// Try again, after this time if the other side named one.
  case retry(after: Duration?)
  /// It will not be done, or nobody knows whether it was: for a person to look at.
  case gaveUp(reason: String)
}

extension ContactCentreError {
  var reason: String {
    switch self {
    case .notDone(let reason, _), .unknown(let reason), .refused(let reason): reason
    }
  }

  var retryAfter: Duration? {
    if case .notDone(_, let wait) = self { wait } else { nil }
  }
}
