/// How far something is that Ringback does behind the caller's back.
package enum ErrandState: String, Sendable, Hashable, CaseIterable {
  /// Durable, not begun, or to be tried again.
  case accepted
  /// Recorded before the contact centre is asked: found after a crash, it may or may not have been done.
  case sending
  case done
  /// It will not be done; a log line says why.
  case failed
  /// It may have been done and cannot be found out; never tried again.
  case unknown
}
