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
///
/// Kept as numbers: every request has one, and few are written down or sent on.
package struct TraceContext: Sendable, Hashable {
  private let trace: (high: UInt64, low: UInt64)
  private let span: UInt64
  private let flagBits: UInt8

  /// A new trace.
  package init(random: any RandomSource) {
    self.init(trace: (random.word(), random.word()), span: random.word(), flags: 1)
  }

  /// Nil for a header that the specification asks to ignore.
  package init?(traceparent: String) {
    let parts = traceparent.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 4, parts[0].isLowerHex(2), parts[0] != "ff", parts[0] != "00" || parts.count == 4,
      parts[1].isLowerHex(32), parts[2].isLowerHex(16), parts[3].isLowerHex(2),
      let high = UInt64(parts[1].prefix(16), radix: 16), let low = UInt64(parts[1].suffix(16), radix: 16),
      let span = UInt64(parts[2], radix: 16), let flags = UInt8(parts[3], radix: 16), high | low != 0, span != 0
    else { return nil }
    self.init(trace: (high, low), span: span, flags: flags)
  }

  private init(trace: (high: UInt64, low: UInt64), span: UInt64, flags: UInt8) {
    (self.trace, self.span, flagBits) = (trace, span, flags)
  }

  /// 32 hexadecimal digits.
  package var traceID: String {
    String(unsafeUninitializedCapacity: 32) { trace.high.writeHex(to: $0, at: 0) + trace.low.writeHex(to: $0, at: 16) }
  }
  /// 16 hexadecimal digits.
  package var spanID: String { String(unsafeUninitializedCapacity: 16) { span.writeHex(to: $0, at: 0) } }

  /// The same trace, for one call made on its behalf.
  package func child(random: any RandomSource) -> TraceContext {
    TraceContext(trace: trace, span: random.word(), flags: flagBits)
  }

  package var traceparent: String { "00-\(traceID)-\(spanID)-\([flagBits].hex)" }

  package static func == (left: TraceContext, right: TraceContext) -> Bool {
    left.trace == right.trace && left.span == right.span && left.flagBits == right.flagBits
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(trace.low)
    hasher.combine(span)
  }
}

extension UInt64 {
  /// - Returns: how many digits were written.
  fileprivate func writeHex(to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) -> Int {
    for place in 0..<16 {
      let digit = UInt8(self >> UInt64(60 - 4 * place) & 15)
      buffer[start + place] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
    return 16
  }
}

extension String {
  fileprivate func isLowerHex(_ length: Int) -> Bool {
    utf8.count == length && utf8.allSatisfy { $0.isHexDigit && !(UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) }
  }
}
