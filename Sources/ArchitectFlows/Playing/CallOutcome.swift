import Core

/// How a call ended.
package enum CallOutcome: Sendable, Hashable {
  /// The flow came to its own end: the last task ended (Architect adds a disconnect there), or a workflow ended.
  case completed
  /// Handed to the queue of that name.
  case transferred(queue: String)
  /// Handed to another flow.
  case transferredToFlow(String, isSecure: Bool)
  /// A disconnect action, a menu's disconnect choice, or a menu that got no valid choice.
  case disconnected
  /// The caller was gone.
  case hungUp
  /// The flow failed while it ran and its error handling ended the call.
  case failed(reason: String)
}

/// One thing that happened during a call.
package struct CallEvent: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case answered(flow: String, kind: String)
    /// What the caller heard, or read in a digital channel. What came of something secure is left out.
    case prompt(String)
    /// What the caller keyed in; bullets where it goes into a secure variable.
    case keys(String)
    /// What the customer wrote.
    case text(String)
    /// Nothing was keyed in within the time that the flow allows.
    case noEntry(after: Duration)
    case request(
      action: String, method: String, path: String, status: Int?, duration: Duration, failure: String?)
    /// Which way an action went on.
    case branch(action: String, path: String)
    /// Nil for a secure variable.
    case variable(name: String, value: JSONValue?)
    case participantData(name: String, value: JSONValue?)
    case pause(Duration, reason: String)
    /// A fault that sent the call to the flow's error handling.
    case fault(action: String, line: Int, column: Int, reason: String)
    case outcome(CallOutcome, requests: Int)
  }

  /// Since the call was answered.
  package let offset: Duration
  package let kind: Kind
}
