import Core
import EventLoop
import Glibc
import HTTPMessages
import HTTPServer
import Testing

@testable import Sandbox

/// Through the real listener: what only a connection can show.
@Suite struct OverTheWireTests {
  private func exchange(_ request: String, with sandbox: SandboxVendors) async throws -> String {
    let loop = try Loop(name: "sandbox-test")
    defer { loop.stop() }
    var configuration = ServerConfiguration()
    configuration.limits = SandboxVendors.serverLimits
    let server = try Server.start(configuration, loops: [loop], handler: sandbox)
    let pool = try BlockingPool(name: "sandbox-client", threads: 1, capacity: 1)
    defer { pool.stop() }
    let answer = try await pool.run { [port = server.port] in Self.talk(request, port: port) }
    await server.drain(deadline: .seconds(5))
    return answer
  }

  @Test func anAnswerEchoesTheRequestID() async throws {
    let answer = try await exchange(
      "GET /guide-shop/orders/ORD-839201 HTTP/1.1\r\nHost: x\r\nX-Request-ID: call-42\r\nConnection: close\r\n\r\n",
      with: Bench().sandbox)
    #expect(answer.hasPrefix("HTTP/1.1 401 "))
    #expect(answer.lowercased().contains("x-request-id: call-42"))
  }

  @Test func aDroppedAnswerIsNoByteAtAll() async throws {
    let bench = Bench()
    _ = await bench.send(.put, "/_faults/guide-shop", body: #"{"reset":true}"#)
    let answer = try await exchange("GET /guide-shop/orders/X HTTP/1.1\r\nHost: x\r\n\r\n", with: bench.sandbox)
    #expect(answer == "")
  }

  /// Sends, then reads until the other end closes.
  private static func talk(_ request: String, port: UInt16) -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { return "no connection" }
    let bytes = Array(request.utf8)
    guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return "not sent" }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return String(decoding: answer, as: UTF8.self) }
      answer.append(contentsOf: buffer[..<count])
    }
  }
}
