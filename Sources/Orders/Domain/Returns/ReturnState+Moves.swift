import Core

extension ReturnState {
  /// Nothing comes after it.
  package var isFinal: Bool {
    switch self {
    case .closed, .declined, .failed, .cancelled, .expired: true
    case .requested, .submitted, .authorized, .received, .refunded: false
    }
  }

  /// Ended without anything coming back: what it asked for may be asked for again.
  var isVoid: Bool { self == .declined || self == .failed || self == .cancelled }

  /// Its place in a list: a later state never stands before an earlier one.
  var ordinal: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// How far along the way `requested → submitted → authorized → received → refunded → closed`; nil for what lies beside.
  private var step: Int? { [.requested, .submitted, .authorized, .received, .refunded, .closed].firstIndex(of: self) }

  /// Whether a return may go from this state to `next`.
  ///
  /// Forward only, but past any number of states: a platform is read now and then, and what happened in between is not
  /// seen. Shops say no up to the moment of the refund, as some look at the goods first. Only what was not submitted can
  /// fail, and only what is not back can expire.
  package func canBecome(_ next: ReturnState) -> Bool {
    guard !isFinal, let step else { return false }
    if let nextStep = next.step { return nextStep > step }
    switch next {
    case .declined, .cancelled: return self != .refunded
    case .expired: return self == .requested || self == .submitted || self == .authorized
    case .failed: return self == .requested
    default: return false
    }
  }
}

extension PlatformReturn.State {
  /// What a return becomes when this is read.
  var returnState: ReturnState {
    switch self {
    case .submitted: .submitted
    case .authorized: .authorized
    case .received: .received
    case .refunded: .refunded
    case .closed: .closed
    case .declined: .declined
    case .cancelled: .cancelled
    }
  }
}

/// Who moved a return.
package enum ReturnCause: String, Sendable, Hashable, CaseIterable {
  case request, job, webhook, reconciler, `operator`
}

/// One step of a return, as it is written down.
package struct ReturnTransition: Sendable, Hashable {
  /// Nil for the first, which made the return.
  package let from: ReturnState?
  package let to: ReturnState
  package let at: Timestamp
  package let cause: ReturnCause
  package let requestID: String
  /// Short, without personal data.
  package let detail: String?
  /// Who made it by hand; nobody's affair but the operators'.
  package var actor: String?
}
