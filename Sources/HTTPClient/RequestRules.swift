import CCurl
import Core
import HTTPMessages

/// What a request must keep to before libcurl sees it, so that nothing given by others can add a header, a request or a
/// protocol.
enum RequestRules {
  /// Written by libcurl from the request itself.
  private static let ownHeaders: Set<String> = [
    "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
  ]

  /// Why the request is not made; nil if it may be.
  static func refusal(of request: OutgoingRequest, allowsPlainHTTP: Bool) -> String? {
    guard request.method.name.isToken else { return "the method is not a token" }
    guard request.method != .head || request.body == nil else { return "HEAD has no body" }
    for (name, value) in request.headers {
      guard name.isToken else { return "a header name is not a token" }
      guard !ownHeaders.contains(name) else { return "the header \(name) is set by the client" }
      guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        return "the value of the header \(name) has a control character"
      }
    }
    return refusal(of: request.url, allowsPlainHTTP: allowsPlainHTTP)
  }

  private static func refusal(of url: String, allowsPlainHTTP: Bool) -> String? {
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "the URL has a character that must be encoded" }
    let lowercased = url.prefix(8).lowercased()
    if lowercased == "https://" { return nil }
    guard lowercased.hasPrefix("http://") else { return "the URL is not https or http" }
    if allowsPlainHTTP { return nil }
    guard let host = host(of: url) else { return "the URL cannot be read" }
    guard isLoopback(host) else { return "plain http to another machine is not allowed by the configuration" }
    return nil
  }

  private static func host(of url: String) -> String? {
    let parts = curl_url()
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK else { return nil }
    var host: UnsafeMutablePointer<CChar>?
    guard curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK, let host else { return nil }
    defer { curl_free(host) }
    return String(cString: host)
  }

  /// libcurl has turned forms such as `0x7f.1` into four numbers already.
  private static func isLoopback(_ host: String) -> Bool {
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { $0.utf8.decimalNumber }
    let isIPv4 = numbers.count == 4 && numbers.allSatisfy { $0.map { (0...255).contains($0) } ?? false }
    return host.lowercased() == "localhost" || host == "[::1]" || isIPv4 && numbers.first == 127
  }

  /// As `CURLOPT_HTTPHEADER` takes them: `name;` is a header with an empty value, `name:` takes one of libcurl's away.
  static func headerLines(of request: OutgoingRequest) -> [String] {
    var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    lines.append("expect:")
    if request.headers["content-type"] == nil { lines.append("content-type:") }
    return lines
  }
}

extension String {
  /// RFC 9110, section 5.6.2.
  fileprivate var isToken: Bool {
    !isEmpty
      && utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~".utf8.contains($0)
        }
      }
  }
}
