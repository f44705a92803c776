import Core

/// What ties together everything that one question of a caller sets off.
package struct CallContext: Sendable, Hashable {
  /// `X-Request-ID`: the call id of the contact centre, or one that was made here. Answered, logged and sent upstream.
  package let requestID: String
  /// W3C trace context; sent upstream with a span id of its own.
  package let trace: TraceContext
  /// When nobody waits for the answer any more, on `TimeSource.uptime`.
  package let deadline: Duration?

  package init(requestID: String, trace: TraceContext, deadline: Duration? = nil) {
    self.requestID = requestID
    self.trace = trace
    self.deadline = deadline
  }
}

/// `traceparent` of W3C Trace Context level 1: `00-{32 hex}-{16 hex}-{2 hex}`.
package struct TraceContext: Sendable, Hashable {
  package let traceID: String
  package let spanID: String
  package let flags: String

  /// A new trace.
  package init(random: any RandomSource) {
    traceID = random.bytes(16).hex
    spanID = random.bytes(8).hex
    flags = "01"
  }

  /// Nil for a header that the specification asks to ignore.
  package init?(traceparent: String) {
    let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 4, parts[0].isLowerHex(2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
      parts[1].isLowerHex(32), parts[2].isLowerHex(16), parts[3].isLowerHex(2),
      parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
    else { return nil }
    (traceID, spanID, flags) = (parts[1], parts[2], parts[3])
  }

  private init(traceID: String, spanID: String, flags: String) {
    (self.traceID, self.spanID, self.flags) = (traceID, spanID, flags)
  }

  /// The same trace, for one call made on its behalf.
  package func child(random: any RandomSource) -> TraceContext {
    TraceContext(traceID: traceID, spanID: random.bytes(8).hex, flags: flags)
  }

  package var traceparent: String { "00-\(traceID)-\(spanID)-\(flags)" }
}

extension String {
  fileprivate func isLowerHex(_ length: Int) -> Bool {
    utf8.count == length && utf8.allSatisfy { $0.isHexDigit && !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) }
  }
}
