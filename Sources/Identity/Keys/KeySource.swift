/// The public keys of one issuer.
protocol KeySource: Sendable {
  /// Nil when the issuer publishes no such key.
  ///
  /// - Throws: `KeySourceError` when there are no keys to judge by.
  func key(_ kid: String) async throws(KeySourceError) -> VerificationKey?

  /// Changes whenever a key was added or went, so that what was verified before is verified again.
  var generation: Int { get }

  /// Whether what was verified with the keys of that generation may still be believed without asking again.
  func isCurrent(_ generation: Int) -> Bool
}

enum KeySourceError: Error, Sendable, Hashable {
  /// No keys could be had since the start. The caller should answer 503.
  case unavailable
}
