import Core
import EventLoop
import HTTPClient
import HTTPMessages
import Testing

@Suite(.timeLimit(.minutes(1))) struct RequestRulesTests {
  @Test(arguments: [
    "", "127.0.0.1", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/", "dict://127.0.0.1:11211/stat",
    "http://user:word@127.0.0.1/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: 1", "http://127.0.0.1/\0",
    "http://127.0.0.1/é", "http:///x", "https://", "http://shop.example/", "http://10.0.0.1/",
    "http://127.evil.example/",
    "http://localhost.evil.example/", "http://[::2]/", "http://0.0.0.0/", "http://127.0.0.1@shop.example/",
  ])
  func theseURLsAreRefused(url: String) async throws {
    let rig = try Rig(FaultPeer(answering: response()))
    var error: HTTPClientError?
    do throws(HTTPClientError) { _ = try await rig.client.send(OutgoingRequest(.get, url)) } catch let thrown {
      error = thrown
    }
    #expect(error?.isRefused == true, "\(String(describing: error))")
    await rig.end()
  }

  @Test(arguments: ["127.0.0.1", "localhost", "127.1", "0x7f.0.0.1", "LOCALHOST"])
  func plainHTTPOnThisMachineIsAllowed(host: String) async throws {
    let rig = try Rig(FaultPeer(answering: response()))
    #expect(try await rig.client.send(OutgoingRequest(.get, "http://\(host):\(rig.peer.port)/")).status == 200)
    await rig.end()
  }

  @Test(arguments: [
    ("x-a", "1\r\nX-B: 2"), ("x-a", "1\n2"), ("x-a", "1\r"), ("x-a", "1\0"), ("x-a", "\u{7F}"), ("x-a", "\u{1B}[0m"),
    ("x a", "1"), ("x-a:", "1"), ("", "1"), ("x-a\r\nx-b", "1"), ("é", "1"), ("host", "other.example"),
    ("Content-Length", "5"), ("transfer-encoding", "chunked"), ("expect", "100-continue"), ("connection", "close"),
  ])
  func theseHeadersAreRefused(name: String, value: String) async throws {
    let rig = try Rig(FaultPeer(answering: response()))
    var headers = Headers()
    headers.add(name, value)
    var error: HTTPClientError?
    do throws(HTTPClientError) { _ = try await rig.send(headers: headers) } catch let thrown { error = thrown }
    #expect(error?.isRefused == true)
    #expect(rig.peer.connectionCount == 0)
    await rig.end()
  }

  @Test(arguments: ["", "GET /", "GE\r\nT", "GÉT"]) func theseMethodsAreRefused(method: String) async throws {
    let rig = try Rig(FaultPeer(answering: response()))
    #expect(await rig.error(.seconds(1), Method(method))?.isRefused == true)
    await rig.end()
  }

  @Test func anErrorNamesNoSecret() async throws {
    let rig = try Rig(FaultPeer(answering: response()))
    let request = OutgoingRequest(
      .get, "http://127.0.0.1:\(unusedPort())/orders/ORD-839201?key=s3cret", headers: ["authorization": "Bearer s3cret"]
    )
    do {
      _ = try await rig.client.send(request)
      Issue.record("nobody listens there")
    } catch {
      #expect(!"\(error)".contains("s3cret") && !"\(error)".contains("839201"))
    }
    await rig.end()
  }
}
