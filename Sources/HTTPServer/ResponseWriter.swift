import Core
import HTTPMessages

/// Turns answers into bytes. Belongs to one loop: it keeps its buffer, and what one answer has in common with the last.
struct ResponseWriter {
  private(set) var bytes: [UInt8] = []
  /// What an answer with this status in this second begins with.
  private var opening: (status: Int, second: Int64, bytes: [UInt8]) = (0, .min, [])
  private var date: (second: Int64, text: [UInt8]) = (.min, [])
  /// The fields that were written last, checked and laid out: those of most answers are a constant of their route.
  private var lines: (headers: Headers, bytes: [UInt8]) = ([:], [])

  /// How the connection goes on.
  enum Persistence {
    case keepAlive
    /// HTTP/1.0 has to be told.
    case keepAliveOfHTTP10
    case close
  }

  /// Replaces `bytes` with the answer; of one with a stream, with its header.
  ///
  /// The fields that frame the message are ours alone, and a control character in a value that a handler took from
  /// elsewhere becomes a space, so that nothing can be injected.
  ///
  /// - Parameter framesStream: a stream is sent in chunks; without them, its end is that of the connection.
  mutating func write(
    _ response: Response, requestID: String, now: Timestamp, persistence: Persistence, isHead: Bool,
    framesStream: Bool = true
  ) {
    if bytes.capacity > 1 << 20 { bytes = [] }
    bytes.removeAll(keepingCapacity: true)
    open(response.status, now)
    bytes.append(contentsOf: opening.bytes)
    bytes.append(contentsOf: requestID.utf8)
    // RFC 9110, section 8.6: 204 has no Content-Length, and that of 304 would have to be that of the 200.
    let hasContent = response.status != 204 && response.status != 304
    if hasContent {
      if response.stream == nil {
        bytes.append("\r\ncontent-length: ")
        bytes.append(decimal: Int64(response.body.count))
      } else if framesStream {
        bytes.append("\r\ntransfer-encoding: chunked")
      }
    }
    switch persistence {
    case .keepAlive: break
    case .keepAliveOfHTTP10: bytes.append("\r\nconnection: keep-alive")
    case .close: bytes.append("\r\nconnection: close")
    }
    bytes.append("\r\n")
    if !response.headers.isIdentical(to: lines.headers) { lines = (response.headers, Self.lines(response.headers)) }
    bytes.append(contentsOf: lines.bytes)
    bytes.append("\r\n")
    if hasContent, !isHead { bytes.append(contentsOf: response.body) }
  }

  private static func lines(_ headers: Headers) -> [UInt8] {
    var lines: [UInt8] = []
    lines.reserveCapacity(256)
    headers.forEachField { name, value in
      guard !isOurs(name) else { return }
      lines.append(contentsOf: UnsafeRawBufferPointer(rebasing: name))
      lines.append(": ")
      if value.isFieldValue {
        lines.append(contentsOf: UnsafeRawBufferPointer(rebasing: value))
      } else {
        lines.append(contentsOf: value.map { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7F ? 0x20 : $0 })
      }
      lines.append("\r\n")
    }
    return lines
  }

  private static func isOurs(_ name: Bytes) -> Bool {
    switch name.count {
    case 0: true
    case 4: name.isExactly("date")
    case 10: name.isExactly("connection")
    case 12: name.isExactly("x-request-id")
    case 14: name.isExactly("content-length")
    case 17: name.isExactly("transfer-encoding")
    default: !name.allSatisfy(ByteSet.token.contains)
    }
  }

  private mutating func open(_ status: Int, _ now: Timestamp) {
    guard status != opening.status || now.seconds != opening.second else { return }
    if now.seconds != date.second { date = (now.seconds, Self.date(now.seconds)) }
    (opening.status, opening.second) = (status, now.seconds)
    opening.bytes.removeAll(keepingCapacity: true)
    opening.bytes.append("HTTP/1.1 ")
    opening.bytes.append(decimal: Int64(min(max(status, 200), 999)))
    opening.bytes.append(" ")
    opening.bytes.append(Self.reason(status))
    opening.bytes.append("\r\ndate: ")
    opening.bytes.append(contentsOf: date.text)
    opening.bytes.append("\r\nx-request-id: ")
  }

  /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
  private static func date(_ second: Int64) -> [UInt8] {
    let days = second >= 0 ? second / 86_400 : (second - 86_399) / 86_400
    let time = second - days * 86_400
    let day = CalendarDate(daysSince1970: days)
    let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let clock = [time / 3_600, time / 60 % 60, time % 60].map { $0.padded(to: 2) }.joined(separator: ":")
    return Array(
      "\(weekdays[day.weekday]), \(day.day.padded(to: 2)) \(months[day.month - 1]) \(day.year.padded(to: 4)) \(clock) GMT"
        .utf8)
  }

  /// RFC 9110, section 15. The phrase means nothing to a client; it is there for people.
  private static func reason(_ status: Int) -> StaticString {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 301: "Moved Permanently"
    case 302: "Found"
    case 303: "See Other"
    case 304: "Not Modified"
    case 307: "Temporary Redirect"
    case 308: "Permanent Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 410: "Gone"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 415: "Unsupported Media Type"
    case 417: "Expectation Failed"
    case 421: "Misdirected Request"
    case 422: "Unprocessable Content"
    case 425: "Too Early"
    case 428: "Precondition Required"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    case 505: "HTTP Version Not Supported"
    default: "Status"
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
