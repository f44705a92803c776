import Core
import HTTPMessages
import Testing

@testable import HTTPServer

/// Reads `text` as one piece or in pieces of `size` bytes.
func parse(_ text: String, pieces size: Int? = nil, limits: RequestLimits = RequestLimits()) -> Parsed {
  var parser = RequestParser(limits: limits)
  var parsed = Parsed()
  let bytes = Array(text.utf8)
  var position = 0
  while position < bytes.count {
    let piece = Array(bytes[position..<min(bytes.count, position + (size ?? bytes.count))])
    let (taken, progress) = piece.withUnsafeBytes { parser.read($0) }
    precondition(taken <= piece.count)
    position += taken
    switch progress {
    case .incomplete: precondition(taken == piece.count)
    case .complete(let message): parsed.messages.append(message)
    case .refused(let refusal):
      parsed.refusal = refusal
      return parsed
    }
  }
  return parsed
}

struct Parsed {
  var messages: [RequestMessage] = []
  var refusal: Refusal?

  /// Everything that can be seen of the result.
  var summary: String {
    messages.map {
      "\($0.method) \($0.path) ?\($0.query ?? "-") \($0.isHTTP11) \($0.keepsAlive) \(Array($0.headers)) \($0.body)"
    }.joined(separator: "\n") + "\n\(refusal.map(\.rawValue) ?? "-")"
  }
}

struct Framing: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let refusal: Refusal?

  init(_ name: String, _ text: String, _ refusal: Refusal? = nil) {
    self.name = name
    self.text = text
    self.refusal = refusal
  }

  var testDescription: String { name }
}

private let host = "Host: a.example\r\n"
private let post = "POST / HTTP/1.1\r\n" + host
private let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"
private let get = "GET / HTTP/1.1\r\n" + host

/// What must be refused: each of these is read in two ways by some pair of servers.
let mustReject: [Framing] = [
  Framing(
    "Content-Length and Transfer-Encoding", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    .twoLengths),
  Framing(
    "Transfer-Encoding and Content-Length", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    .twoLengths),
  Framing(
    "Content-Length: 0 and Transfer-Encoding", post + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
    .twoLengths),
  Framing(
    "two Content-Lengths that differ", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", .contentLength),
  Framing("two Content-Lengths that agree", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", .contentLength),
  Framing("Content-Length as a list", post + "Content-Length: 3, 3\r\n\r\nabc", .contentLength),
  Framing("Content-Length with a plus", post + "Content-Length: +3\r\n\r\nabc", .contentLength),
  Framing("Content-Length with a minus", post + "Content-Length: -3\r\n\r\nabc", .contentLength),
  Framing("Content-Length in hexadecimal", post + "Content-Length: 0x3\r\n\r\nabc", .contentLength),
  Framing("Content-Length with an underscore", post + "Content-Length: 1_0\r\n\r\n", .contentLength),
  Framing("Content-Length with a space inside", post + "Content-Length: 1 0\r\n\r\n", .contentLength),
  Framing("Content-Length with a point", post + "Content-Length: 3.0\r\n\r\nabc", .contentLength),
  Framing("Content-Length empty", post + "Content-Length:\r\n\r\n", .contentLength),
  Framing("Content-Length in other digits", post + "Content-Length: \u{0663}\r\n\r\nabc", .contentLength),
  Framing("Content-Length beyond 64 bits", post + "Content-Length: 18446744073709551619\r\n\r\nabc", .bodyTooLarge),
  Framing("Transfer-Encoding: identity", post + "Transfer-Encoding: identity\r\n\r\n", .transferEncoding),
  Framing("Transfer-Encoding: gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", .transferEncoding),
  Framing(
    "Transfer-Encoding: chunked, identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n", .transferEncoding),
  Framing("Transfer-Encoding: xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n", .transferEncoding),
  Framing("Transfer-Encoding: chunkedx", post + "Transfer-Encoding: chunkedx\r\n\r\n", .transferEncoding),
  Framing("Transfer-Encoding: CHUNKED", post + "Transfer-Encoding: CHUNKED\r\n\r\n", .transferEncoding),
  Framing("Transfer-Encoding in quotes", post + "Transfer-Encoding: \"chunked\"\r\n\r\n", .transferEncoding),
  Framing("Transfer-Encoding empty", post + "Transfer-Encoding:\r\n\r\n", .transferEncoding),
  Framing("Transfer-Encoding with a comma", post + "Transfer-Encoding: chunked,\r\n\r\n", .transferEncoding),
  Framing("Transfer-Encoding with a vertical tab", post + "Transfer-Encoding: \u{B}chunked\r\n\r\n", .fieldValue),
  Framing(
    "two Transfer-Encodings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    .transferEncoding),
  Framing(
    "two Transfer-Encodings that differ",
    post + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .transferEncoding),
  Framing(
    "Transfer-Encoding in HTTP/1.0", "POST / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    .transferEncoding),
  Framing(
    "Transfer-Encoding before a space and a colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", .fieldName),
  Framing("Content-Length before a tab and a colon", post + "Content-Length\t: 3\r\n\r\nabc", .fieldName),
  Framing(
    "Transfer-Encoding on a folded line", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", .transferEncoding),
  Framing("a folded field", get + "X-A: b\r\n c\r\n\r\n", .foldedField),
  Framing("a field folded with a tab", get + "X-A: b\r\n\tc\r\n\r\n", .foldedField),
  Framing("a space before the first field", "GET / HTTP/1.1\r\n " + host + "\r\n", .foldedField),
  Framing("a field without a colon", get + "X-A\r\n\r\n", .fieldName),
  Framing("a field without a name", get + ": a\r\n\r\n", .fieldName),
  Framing("a name with a space", get + "X A: b\r\n\r\n", .fieldName),
  Framing("a name in brackets", get + "X[A]: b\r\n\r\n", .fieldName),
  Framing("a name with a NUL", get + "X\0A: b\r\n\r\n", .fieldName),
  Framing("a name above ASCII", get + "X\u{E9}: b\r\n\r\n", .fieldName),
  Framing("a name with a CR", get + "X\rA: b\r\n\r\n", .fieldName),
  Framing("a value with a NUL", get + "X-A: b\0c\r\n\r\n", .fieldValue),
  Framing("a value with a bare CR", get + "X-A: b\rc\r\n\r\n", .fieldValue),
  Framing("a value that ends with two CR", get + "X-A: b\r\r\n\r\n", .fieldValue),
  Framing("a value with an escape character", get + "X-A: \u{1B}[2J\r\n\r\n", .fieldValue),
  Framing("a value with DEL", get + "X-A: \u{7F}\r\n\r\n", .fieldValue),
  Framing("a value with LF and a request", get + "X-A: b\nGET /evil HTTP/1.1\r\n\r\n", .lineEnd),
  Framing("LF after the request line", "GET / HTTP/1.1\n" + host + "\r\n", .lineEnd),
  Framing("LF after a field", "GET / HTTP/1.1\r\nHost: a.example\n\r\n", .lineEnd),
  Framing("LF after the header", get + "\n", .lineEnd),
  Framing("LF alone throughout", "GET / HTTP/1.1\nHost: a.example\n\n", .lineEnd),
  Framing("LF before the request", "\nGET / HTTP/1.1\r\n" + host + "\r\n", .lineEnd),
  Framing("CR before the request", "\rGET / HTTP/1.1\r\n" + host + "\r\n", .requestLine),
  Framing("two empty lines before the request", "\r\n\r\nGET / HTTP/1.1\r\n" + host + "\r\n", .requestLine),
  Framing("no Host", "GET / HTTP/1.1\r\n\r\n", .host),
  Framing("two Hosts", get + host + "\r\n", .host),
  Framing("two Hosts that differ", get + "Host: b.example\r\n\r\n", .host),
  Framing("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\n" + host + host + "\r\n", .host),
  Framing("Host empty", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .host),
  Framing("Host with a path", "GET / HTTP/1.1\r\nHost: a.example/b\r\n\r\n", .host),
  Framing("Host with a user", "GET / HTTP/1.1\r\nHost: me@a.example\r\n\r\n", .host),
  Framing("Host with a space", "GET / HTTP/1.1\r\nHost: a.example b\r\n\r\n", .host),
  Framing("Host as a list", "GET / HTTP/1.1\r\nHost: a.example, b.example\r\n\r\n", .host),
  Framing("Host with a letter as port", "GET / HTTP/1.1\r\nHost: a.example:http\r\n\r\n", .host),
  Framing("Host with a port beyond 65535", "GET / HTTP/1.1\r\nHost: a.example:65536\r\n\r\n", .host),
  Framing("Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .host),
  Framing("Host above ASCII", "GET / HTTP/1.1\r\nHost: \u{E4}.example\r\n\r\n", .host),
  Framing("absolute target of another host", "GET http://b.example/ HTTP/1.1\r\n" + host + "\r\n", .host),
  Framing("absolute target with a user", "GET http://me@a.example/ HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("absolute target of another scheme", "GET ftp://a.example/ HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("target without a slash", "GET index.html HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("asterisk with GET", "GET * HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("CONNECT", "CONNECT a.example:443 HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("target with a fragment", "GET /#a HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("target with a NUL", "GET /\0 HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("target above ASCII", "GET /\u{E9} HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("target with a backslash", "GET /..\\a HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("target with half an escape", "GET /%4 HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("target with no escape", "GET /%zz HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("target with a bare CR", "GET /\r HTTP/1.1\r\n" + host + "\r\n", .target),
  Framing("two spaces after the method", "GET  / HTTP/1.1\r\n" + host + "\r\n", .requestLine),
  Framing("two spaces before the version", "GET /  HTTP/1.1\r\n" + host + "\r\n", .requestLine),
  Framing("a tab after the method", "GET\t/ HTTP/1.1\r\n" + host + "\r\n", .requestLine),
  Framing("a space after the version", "GET / HTTP/1.1 \r\n" + host + "\r\n", .requestLine),
  Framing("a space before the method", " GET / HTTP/1.1\r\n" + host + "\r\n", .requestLine),
  Framing("a method that is no token", "GE(T / HTTP/1.1\r\n" + host + "\r\n", .requestLine),
  Framing("no version", "GET /\r\n\r\n", .requestLine),
  Framing("version in small letters", "GET / http/1.1\r\n" + host + "\r\n", .requestLine),
  Framing("version with two digits", "GET / HTTP/1.10\r\n" + host + "\r\n", .requestLine),
  Framing("another protocol", "GET / ICE/1.0\r\n" + host + "\r\n", .requestLine),
  Framing("version 1.2", "GET / HTTP/1.2\r\n" + host + "\r\n", .version),
  Framing("version 2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .version),
  Framing("version 0.9", "GET / HTTP/0.9\r\n" + host + "\r\n", .version),
  Framing("another expectation", post + "Expect: the-unexpected\r\nContent-Length: 3\r\n\r\n", .expectation),
  Framing("chunk extension", chunked + "3;a=b\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk extension with quoted CR LF", chunked + "3;a=\"\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk extension that is empty", chunked + "3;\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size with a space after", chunked + "3 \r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size with a space before", chunked + " 3\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size with 0x", chunked + "0x3\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size with a plus", chunked + "+3\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size with a minus", chunked + "-3\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size empty", chunked + "\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size of nine digits", chunked + "000000003\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size beyond 64 bits", chunked + "10000000000000003\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("chunk size that is no number", chunked + "g\r\nabc\r\n0\r\n\r\n", .chunk),
  Framing("LF after a chunk size", chunked + "3\nabc\r\n0\r\n\r\n", .lineEnd),
  Framing("LF after a chunk", chunked + "3\r\nabc\n0\r\n\r\n", .chunk),
  Framing("nothing after a chunk", chunked + "3\r\nabc0\r\n\r\n", .chunk),
  Framing("CR and a letter after a chunk", chunked + "3\r\nabc\rX0\r\n\r\n", .chunk),
  Framing("a chunk longer than its size", chunked + "3\r\nabcd\r\n0\r\n\r\n", .chunk),
  Framing("LF after the last chunk", chunked + "0\n\r\n", .lineEnd),
  Framing("LF after the trailers", chunked + "0\r\n\n", .lineEnd),
  Framing("a trailer without a colon", chunked + "0\r\nX\r\n\r\n", .fieldName),
  Framing("a trailer with a control character", chunked + "0\r\nX: \0\r\n\r\n", .fieldValue),
  Framing("a folded trailer", chunked + "0\r\nX: a\r\n b\r\n\r\n", .foldedField),
]

/// What must be taken: strictness that refuses these would be of no use.
let mustAccept: [Framing] = [
  Framing("the least", get + "\r\n"),
  Framing("curl", "GET /test HTTP/1.1\r\nUser-Agent: curl/8.0\r\nHost: 0.0.0.0:5000\r\nAccept: */*\r\n\r\n"),
  Framing(
    "a browser",
    "GET /favicon.ico HTTP/1.1\r\nHost: 0.0.0.0:5000\r\nUser-Agent: Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.9)\r\nAccept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-us,en;q=0.5\r\nKeep-Alive: 300\r\nConnection: keep-alive\r\n\r\n"
  ),
  Framing("names in any case", "GET / HTTP/1.1\r\nhOST: a.example\r\nlINE: 1\r\n\r\n"),
  Framing("a query", "GET /a/b?c=d&e[]=f?g HTTP/1.1\r\n" + host + "\r\n"),
  Framing("an escape", "GET /a%20b HTTP/1.1\r\n" + host + "\r\n"),
  Framing("a body by length", post + "Content-Length: 5\r\n\r\nhello"),
  Framing("a length with zeros before it", post + "Content-Length: 0005\r\n\r\nhello"),
  Framing("a length of nothing", post + "Content-Length: 0\r\n\r\n"),
  Framing("a body by chunks", chunked + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"),
  Framing("chunks with zeros and capitals", chunked + "00000005\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n"),
  Framing("a body that looks like a request", post + "Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
  Framing("trailers", chunked + "5\r\nhello\r\n0\r\nVary: *\r\nContent-Type: text/plain\r\n\r\n"),
  Framing("an unknown method", "REPORT /test HTTP/1.1\r\n" + host + "\r\n"),
  Framing("the longest of token characters", "M-SEARCH /test HTTP/1.1\r\n" + host + "!#$%&'*+-.^_`|~: a\r\n\r\n"),
  Framing("OPTIONS with an asterisk", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n"),
  Framing("absolute target", "GET http://A.example/x?y HTTP/1.1\r\n" + host + "\r\n"),
  Framing("absolute target without a path", "GET https://a.example HTTP/1.1\r\n" + host + "\r\n"),
  Framing("an empty line before", "\r\nGET / HTTP/1.1\r\n" + host + "\r\n"),
  Framing("an empty value", get + "X-A:\r\nX-B: \r\nX-C:\t\r\n\r\n"),
  Framing("spaces around a value", get + "X-A: \t b c \t\r\n\r\n"),
  Framing("a value above ASCII", get + "X-A: Gr\u{FC}\u{DF}e\r\n\r\n"),
  Framing("a value with colons and quotes", get + "X-A: \"b: c\", <d>; e=f\r\n\r\n"),
  Framing("an IPv6 host", "GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:8080\r\n\r\n"),
  Framing("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n"),
  Framing("HTTP/1.0 kept alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"),
  Framing("Upgrade is passed over", get + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"),
  Framing("two at once", get + "\r\n" + post + "Content-Length: 2\r\n\r\nhi"),
  Framing("three at once with CR LF between", get + "\r\n" + chunked + "1\r\na\r\n0\r\n\r\n\r\n" + get + "\r\n"),
]

@Suite struct RequestParserTests {
  @Test(arguments: mustReject) func refuses(_ framing: Framing) {
    let parsed = parse(framing.text)
    #expect(parsed.refusal == framing.refusal)
    #expect(parsed.messages.isEmpty)
  }

  @Test(arguments: mustAccept) func accepts(_ framing: Framing) {
    let parsed = parse(framing.text)
    #expect(parsed.refusal == nil)
    #expect(!parsed.messages.isEmpty)
  }

  @Test(arguments: mustReject + mustAccept) func cuttingMakesNoDifference(_ framing: Framing) {
    let whole = parse(framing.text).summary
    for size in 1...40 { #expect(parse(framing.text, pieces: size).summary == whole, "pieces of \(size)") }
  }

  @Test func readsWhatWasSent() throws {
    let parsed = parse(
      "POST /v1/a%20b?c=d&e HTTP/1.1\r\nHost: a.example\r\nX-Thing:  one \r\nx-thing: two\r\n"
        + "Content-Length: 5\r\n\r\nhello")
    let message = try #require(parsed.messages.first)
    #expect(message.method == .post)
    #expect(message.path == "/v1/a%20b")
    #expect(message.query == "c=d&e")
    #expect(message.headers["X-Thing"] == "one")
    #expect(message.headers.all("x-thing") == ["one", "two"])
    #expect(message.body == Array("hello".utf8))
    #expect(message.keepsAlive)
  }

  @Test func joinsChunksAndDropsTrailers() throws {
    let message = try #require(parse(chunked + "5\r\nhello\r\n6\r\n world\r\n0\r\nX-Evil: 1\r\n\r\n").messages.first)
    #expect(message.body == Array("hello world".utf8))
    #expect(message.headers["x-evil"] == nil)
  }

  @Test func theAbsoluteFormGivesThePath() {
    #expect(parse("GET http://a.example/x?y HTTP/1.1\r\n\(host)\r\n").messages.first?.path == "/x")
    #expect(parse("GET http://a.example?y HTTP/1.1\r\n\(host)\r\n").messages.first?.path == "/")
    #expect(parse("GET http://a.example?y HTTP/1.1\r\n\(host)\r\n").messages.first?.query == "y")
  }

  @Test(arguments: [
    ("HTTP/1.1", "", true), ("HTTP/1.1", "close", false), ("HTTP/1.1", "Close", false), ("HTTP/1.1", "a, close", false),
    ("HTTP/1.1", "keep-alive", true), ("HTTP/1.0", "", false), ("HTTP/1.0", "keep-alive", true),
    ("HTTP/1.0", "keep-alive, close", false),
  ])
  func knowsWhetherToKeepTheConnection(version: String, option: String, keeps: Bool) {
    let field = option.isEmpty ? "" : "Connection: \(option)\r\n"
    #expect(parse("GET / \(version)\r\n\(host)\(field)\r\n").messages.first?.keepsAlive == keeps)
  }

  @Test(
    arguments: [
      (8_192, nil), (8_193, Refusal.targetTooLong), (100_000, .targetTooLong),
    ] as [(Int, Refusal?)])
  func boundsTheRequestLine(length: Int, refusal: Refusal?) {
    let target = "/" + String(repeating: "a", count: length - "GET / HTTP/1.1".utf8.count)
    for pieces in [nil, 1, 4_096] {
      #expect(parse("GET \(target) HTTP/1.1\r\n\(host)\r\n", pieces: pieces).refusal == refusal)
    }
  }

  @Test(
    arguments: [(16_384, nil), (16_385, Refusal.headersTooLarge), (300_000, .headersTooLarge)] as [(Int, Refusal?)])
  func boundsTheHeaderBytes(length: Int, refusal: Refusal?) {
    let field = "X-A: " + String(repeating: "a", count: length - host.utf8.count - 7) + "\r\n"
    for pieces in [nil, 1, 4_096] { #expect(parse(get + field + "\r\n", pieces: pieces).refusal == refusal) }
  }

  @Test(arguments: [(100, nil), (101, Refusal.headersTooLarge)] as [(Int, Refusal?)])
  func boundsTheNumberOfFields(count: Int, refusal: Refusal?) {
    let fields = String(repeating: "a: b\r\n", count: count - 1)
    #expect(parse(get + fields + "\r\n").refusal == refusal)
  }

  @Test func boundsTheTrailers() {
    let start = chunked + "0\r\n"
    #expect(parse(start + String(repeating: "a: b\r\n", count: 101) + "\r\n").refusal == .headersTooLarge)
    #expect(parse(start + "a: " + String(repeating: "b", count: 16_384) + "\r\n\r\n").refusal == .headersTooLarge)
    #expect(parse(start + String(repeating: "a: b\r\n", count: 100) + "\r\n").refusal == nil)
  }

  @Test(arguments: [(10, nil), (11, Refusal.bodyTooLarge)] as [(Int, Refusal?)])
  func boundsTheBody(length: Int, refusal: Refusal?) {
    var limits = RequestLimits()
    limits.body = 10
    let body = String(repeating: "a", count: length)
    #expect(parse(post + "Content-Length: \(length)\r\n\r\n\(body)", limits: limits).refusal == refusal)
    let chunks = body.map { "1\r\n\($0)\r\n" }.joined()
    #expect(parse(chunked + chunks + "0\r\n\r\n", limits: limits).refusal == refusal)
  }

  @Test func readsLongHeadersInLinearTime() {
    // A parser that starts over for each byte would need 16,000² / 2 steps a request.
    let field = "X-A: " + String(repeating: "a", count: 16_000) + "\r\n"
    let text = get + field + "\r\n"
    let took = ContinuousClock().measure { for _ in 0..<20 { _ = parse(text, pieces: 1) } }
    #expect(took < .seconds(5))
  }

  @Test func everyRefusalIsAProblemWithItsOwnText() {
    for refusal in Refusal.allCases {
      #expect((400...599).contains(refusal.problem.status))
      #expect(refusal.problem.detail.hasSuffix("."))
    }
    #expect(Refusal.targetTooLong.problem.status == 414)
    #expect(Refusal.headersTooLarge.problem.status == 431)
    #expect(Refusal.bodyTooLarge.problem.status == 413)
    #expect(Refusal.version.problem.status == 505)
  }
}
