import Core
import Privacy
import Testing

@Suite struct MaskingTests {
  @Test(arguments: [
    ("paid by 4242 4242 4242 4242 now", "paid by [card …4242] now"),
    ("a 4242424242424242, b 5555555555554444", "a [card …4242], b [card …4444]"),
    ("NDI0MjQyNDI0MjQyNDI0Mg==", "[card …4242]=="),
    ("q=4242%204242%204242%204242&x", "q=[card …4242]&x"),
    ("call +49 30 1234567 back", "call [phone …67] back"),
    ("call +4915112345678", "call [phone …78]"),
    ("(555) 123-4567", "[phone …67]"),
    ("555-123-4567", "[phone …67]"),
    ("1-555-123-4567", "[phone …67]"),
    ("0151/12345678", "[phone …78]"),
    ("030 1234567", "[phone …67]"),
    ("06 12 34 56 78", "[phone …78]"),
    ("0049 30 1234567", "[phone …67]"),
    ("mail jane.doe+x@example.co.uk please", "mail [email] please"),
    ("to=jörg@example.de", "to=[email]"),
    ("user%40example.com", "[email]"),
    ("https://a.example/x?token=abc&n=Jane#top", "https://a.example/x?token=[redacted]&n=[redacted]#[redacted]"),
    ("GET /v1/orders?postal_code=10115", "GET /v1/orders?postal_code=[redacted]"),
    ("https://user:pw@a.example/x", "https://[redacted]@a.example/x"),
    ("Bearer abcdefgh12345678", "Bearer [redacted]"),
    ("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "got [redacted]"),
  ])
  func masksText(text: String, expected: String) {
    #expect(Masking.masked(text) == expected)
    #expect(Masking.masked(.string(text), named: "note") == .string(expected))
  }

  @Test(arguments: [
    "ORD-839201", "req_01KAGX3V8N5TQZ7M2W4R6Y8B0C", "cb_01KAGX3V8N12345678901234567890", "call-77",
    "2026-11-20T09:30:00.000Z", "2026-11-20 09:30:00", "20.11.2026 09:30", "1795000000000", "1795000000000000",
    "12.5 ms",
    "550e8400-e29b-41d4-a716-446655440000", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "10.20.30.40",
    "1Z999AA10123456784", "GET /v1/orders/{order_id}", "http://127.0.0.1:8090/guide-shop", "0083920100", "839201",
    "2026-11-20T09:30:00+01:00", "1.2.3", "Retry in 15 s", "01-02-2026", "a@b", "129.90 EUR",
    "connection refused (111)",
    "HTTP 503 from shop", "0.123456789012345", "What is this?", "Basic auth", "3.141592653589793", "🙂 fine",
  ])
  func leavesOursAlone(text: String) {
    #expect(Masking.masked(text) == text)
    #expect(Masking.masked(.string(text), named: "detail") == .string(text))
  }

  @Test(arguments: [
    ("authorization", "Bearer x", "[redacted]"), ("Authorization", "x", "[redacted]"),
    ("X-Shopify-Access-Token", "x", "[redacted]"), ("accessToken", "x", "[redacted]"),
    ("client_secret", "x", "[redacted]"),
    ("password", "x", "[redacted]"), ("apiKey", "x", "[redacted]"), ("cookie", "x", "[redacted]"),
    ("cvv", "123", "[redacted]"),
    ("set-cookie", "x", "[redacted]"), ("name", "Jane", "[personal]"), ("customerName", "Jane", "[personal]"),
    ("first_name", "Jane", "[personal]"), ("shipping_address", "5 Road", "[personal]"),
    ("postal_code", "10115", "[personal]"),
    ("zip", "10115", "[personal]"), ("phone", "0301234567", "[phone …67]"),
    ("callbackNumber", "301234567", "[phone …67]"),
    ("ani", "+4930", "[phone …30]"), ("email", "odd", "[email]"), ("customer_email", "odd", "[email]"),
  ])
  func masksByName(name: String, value: String, expected: String) {
    #expect(Masking.masked(.string(value), named: name) == .string(expected))
  }

  @Test(arguments: [
    "request_id", "trace_id", "order_id", "status", "route", "platform", "token_type", "idempotency_key", "duration_ms",
    "client_id", "username_length", "expires_in", "tokens", "subject_token_type", "hostname", "filename",
  ])
  func leavesOtherNamesAlone(name: String) {
    #expect(Masking.masked("value", named: name) == "value")
  }

  @Test func masksAtAnyDepth() throws {
    let value = try JSONValue(
      parsing: """
        {"order":{"customer":{"name":"Jane"},"shipping":[{"zip":10115,"lines":["4242424242424242",{"note":"+49301234567"}]}]},
        "total":4242424242424242,"jane@example.com":null,"phone":["+49301234567",12345678],"token":null,"password":{"a":1}}
        """)
    #expect(
      Masking.masked(value, named: "").text
        == #"{"order":{"customer":"[personal]","shipping":[{"zip":"[personal]","lines":["[card …4242]","#
        + #"{"note":"[phone …67]"}]}]},"total":"[card …4242]","[email]":null,"phone":["[phone …67]","[phone …78]"],"#
        + #""token":null,"password":"[redacted]"}"#)
  }

  /// A hundred clean fields in far less than a millisecond each, even without optimisation.
  @Test func isQuickOnCleanText() {
    let text = JSONValue.string("GET /v1/orders/{order_id} answered 200 in 12 ms")
    let start = SystemTime().uptime
    for _ in 0..<1_000 { _ = Masking.masked(text, named: "line") }
    #expect(SystemTime().uptime - start < .seconds(1))
  }
}
