import Core
import HTTPMessages

// What libFuzzer calls. `scripts/fuzz` builds this file together with the parser, outside the package.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = UnsafeRawBufferPointer(start: data, count: count)
  var seed: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in input { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
  let whole = Reading(input) { $0 }
  let pieces = Reading(input) { rest in
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return min(rest, 1 + Int(seed >> 33) % (seed >> 60 < 8 ? 4 : 64))
  }
  precondition(whole == pieces, "cutting the bytes elsewhere changed what was read")
  for message in whole.messages { check(message) }
  return 0
}

/// So small that short inputs reach them.
private let limits: RequestLimits = {
  var limits = RequestLimits()
  limits.requestLine = 128
  limits.headerBytes = 512
  limits.headerFields = 8
  limits.body = 256
  return limits
}()

/// All that was read of a stream.
private struct Reading: Equatable {
  var messages: [RequestMessage] = []
  var refusal: Refusal?

  /// - Parameter size: of the next piece, given how much is left.
  init(_ input: UnsafeRawBufferPointer, pieces size: (Int) -> Int) {
    var parser = RequestParser(limits: limits)
    var position = 0
    while position < input.count, refusal == nil {
      // A copy of exactly this size, so that the address sanitizer sees a read beyond its end.
      let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: size(input.count - position), alignment: 1)
      defer { piece.deallocate() }
      piece.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[position..<position + piece.count]))
      let (taken, progress) = parser.read(UnsafeRawBufferPointer(piece))
      precondition((0...piece.count).contains(taken), "took more than there was")
      position += taken
      switch progress {
      case .incomplete:
        precondition(taken == piece.count, "left bytes without a reason")
        precondition(!parser.isIdle, "forgot bytes")
      case .complete(let message):
        precondition(taken > 0 && parser.isIdle, "a request of nothing")
        messages.append(message)
      case .refused(let first):
        guard case (0, .refused(first)) = parser.read(UnsafeRawBufferPointer(piece)) else {
          preconditionFailure("a refusal is final")
        }
        refusal = first
      }
    }
  }

  static func == (left: Reading, right: Reading) -> Bool {
    left.refusal == right.refusal && left.messages.count == right.messages.count
      && zip(left.messages, right.messages).allSatisfy { left, right in
        left.method == right.method && left.path == right.path && left.query == right.query
          && left.headers == right.headers && left.body == right.body && left.keepsAlive == right.keepsAlive
          && left.isHTTP11 == right.isHTTP11
      }
  }
}

/// What must be true of every request that is let through.
private func check(_ message: RequestMessage) {
  let token = ByteSet.token
  precondition(!message.method.name.isEmpty && message.method.name.utf8.allSatisfy(token.contains))
  precondition(message.path == "*" || message.path.utf8.first == UInt8(ascii: "/"))
  precondition((message.path + (message.query ?? "")).utf8.allSatisfy { (0x21...0x7E).contains($0) })
  precondition(message.body.count <= limits.body)
  precondition(message.headers.count <= limits.headerFields)
  for (name, value) in message.headers {
    precondition(!name.isEmpty && name.utf8.allSatisfy(token.contains) && name == name.lowercased())
    precondition(value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) })
  }
  let hosts = message.headers.all("host").count
  precondition(hosts == 1 || (hosts == 0 && !message.isHTTP11))
  let lengths = message.headers.all("content-length")
  let codings = message.headers.all("transfer-encoding")
  precondition(lengths.count + codings.count <= 1)
  precondition(lengths.isEmpty || Int(lengths[0]) == message.body.count)
  precondition(codings.isEmpty || (codings == ["chunked"] && message.isHTTP11))
  precondition(!lengths.isEmpty || !codings.isEmpty || message.body.isEmpty)
}
