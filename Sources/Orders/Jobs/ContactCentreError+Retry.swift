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
