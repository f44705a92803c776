import HTTPMessages
import Testing

@Suite struct HeadersTests {
  @Test func namesHaveNoCase() {
    var headers: Headers = ["Content-Type": "text/plain", "X-A": "1", "x-a": "2"]
    #expect(headers["CONTENT-TYPE"] == "text/plain")
    #expect(headers.all("X-a") == ["1", "2"])
    #expect(headers["x-b"] == nil)
    headers["X-A"] = "3"
    #expect(headers.all("x-a") == ["3"])
    headers["content-type"] = nil
    #expect(headers.count == 1)
    headers.add("X-B", "é")
    #expect(headers["x-b"] == "é")
  }

  @Test func equalityLooksAtNamesValuesAndOrder() {
    var headers: Headers = ["A": "1", "B": "2"]
    headers["c"] = "3"
    headers["c"] = nil
    #expect(headers == ["a": "1", "b": "2"])
    #expect(headers.hashValue == (["a": "1", "b": "2"] as Headers).hashValue)
    #expect(headers != ["b": "2", "a": "1"])
    #expect(headers.map(\.name) == ["a", "b"])
  }

  @Test func takesOverWhatAParserRead() {
    let bytes = Array("get / host: a\r\nx:b".utf8)
    let headers = Headers(
      parsed: bytes, locations: [.init(name: 6..<10, value: 12..<13), .init(name: 15..<16, value: 17..<18)])
    #expect(headers["Host"] == "a")
    #expect(headers["X"] == "b")
  }

  @Test func identicalIsTheSameMemory() {
    let headers: Headers = ["a": "1"]
    var changed = headers
    #expect(headers.isIdentical(to: changed))
    #expect(Headers().isIdentical(to: Headers()))
    #expect(!headers.isIdentical(to: Headers()))
    changed["a"] = "1"
    #expect(headers == changed && !headers.isIdentical(to: changed))
  }

  @Test func aTraceIsWrittenInHexadecimal() throws {
    let text = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
    let trace = try #require(TraceContext(traceparent: text))
    #expect(trace.traceparent == text)
    #expect(trace.traceID == "0af7651916cd43dd8448eb211c80319c" && trace.spanID == "00f067aa0ba902b7")
  }
}
