import COpenSSL
import Core
import EventLoop
import Glibc
import HTTPMessages
import Synchronization
import Testing

@testable import HTTPServer

private let get = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"

@Suite struct ListeningTests {
  private func start(_ configuration: ServerConfiguration) throws -> Server {
    let loop = try Loop(name: "unused")
    defer { loop.stop() }
    return try Server.start(configuration, loops: [loop], handler: Router([], access: Nobody()))
  }

  private struct Nobody: AccessControl {
    func admit(_ request: Request, scope: String) async throws(Problem) -> Caller { Caller(clientID: "", scopes: []) }
  }

  @Test func everyLoopServesTheSamePort() async throws {
    let seen = Mutex<Set<ObjectIdentifier>>([])
    try await TestServer.with(
      loops: 2,
      answering: { _ in
        if let loop = Loop.current { seen.withLock { _ = $0.insert(ObjectIdentifier(loop)) } }
        return .text("")
      }
    ) { test in
      #expect(test.server.port > 0)
      #expect(test.server.url == "http://127.0.0.1:\(test.server.port)")
      for _ in 0..<64 {
        let client = try test.client()
        #expect(try await client.exchange(get).status == 200)
      }
      #expect(seen.withLock { $0.count } == 2)
    }
  }

  @Test func aUsedPortIsNamed() async throws {
    try await TestServer.with(loops: 2) { test in
      let port = test.server.port
      let error = #expect(throws: ServerError.self) { try start(ServerConfiguration(port: port)) }
      #expect(error == .portInUse(address: "127.0.0.1", port: port))
      #expect(error?.description.hasPrefix("Port \(port) on 127.0.0.1 is used") == true)
    }
  }

  @Test(arguments: ["example.com", "", "127.0.0.1.5", "nowhere"]) func anAddressIsNumeric(address: String) {
    #expect(throws: ServerError.invalidAddress(address)) { try start(ServerConfiguration(address: address)) }
  }

  @Test func anAddressIsOfThisMachine() {
    var configuration = ServerConfiguration(address: "192.0.2.1")
    configuration.insecureHTTP = true
    #expect(throws: ServerError.addressUnavailable("192.0.2.1")) { try start(configuration) }
  }

  @Test(arguments: ["0.0.0.0", "::", "192.0.2.1"]) func plainHTTPStaysOnLoopback(address: String) {
    let error = #expect(throws: ServerError.self) { try start(ServerConfiguration(address: address)) }
    #expect(error == .plainHTTPOutsideLoopback(address: address))
    #expect(error?.description.contains("insecure_http") == true)
  }

  @Test func aForbiddenPortIsNamed() {
    #expect(ServerError.portForbidden(port: 443).description.contains("port 443"))
  }
}

@Suite struct DrainTests {
  @Test func finishesWhatWasAskedAndClosesTheRest() async throws {
    let gate = Gate()
    try await TestServer.with(
      loops: 2,
      answering: { request in
        if request.path == "/slow" { await gate.pass() }
        return .text("done")
      }
    ) { test in
      let idle = try test.client()
      _ = try await idle.exchange(get)
      let busy = try test.client()
      busy.send("GET /slow HTTP/1.1\r\nHost: a.example\r\n\r\n")
      while gate.arrivals == 0 { await test.server.sweep() }
      async let drained = test.server.drain(deadline: .seconds(20))
      #expect(try await idle.rest() == "")
      while (try? test.client()) != nil { try? await Task.sleep(for: .milliseconds(1)) }
      gate.open()
      let answer = try await busy.answer()
      #expect(answer.text == "done")
      #expect(answer.headers["connection"] == "close")
      #expect(try await busy.rest() == "")
      #expect(await drained)
      #expect(test.server.counters.open == 0)
    }
  }

  @Test func requestsThatHaveArrivedAreAnswered() async throws {
    try await TestServer.with { test in
      // Neither accepted nor read for sure when the drain begins.
      let clients = try (0..<20).map { _ in
        let client = try test.client()
        client.send(get)
        return client
      }
      #expect(await test.server.drain(deadline: .seconds(20)))
      for client in clients { #expect(try await client.answer().status == 200) }
    }
  }

  @Test func cutsWhatIsLeftAtTheDeadline() async throws {
    let gate = Gate()
    try await TestServer.with(answering: { _ in
      await gate.pass()
      return .text("")
    }) { test in
      let client = try test.client()
      client.send(get)
      while gate.arrivals == 0 { await test.server.sweep() }
      async let drained = test.server.drain(deadline: .seconds(20))
      while test.time.sleeperCount == 0 { try? await Task.sleep(for: .milliseconds(1)) }
      test.time.advance(by: .seconds(20))
      #expect(await !drained)
      #expect(try await client.rest()?.isEmpty != false)
      gate.open()
    }
  }
}

@Suite struct TLSTests {
  /// A folder with a self-signed certificate.
  private struct Folder: ~Copyable {
    let path: String
    var files: TLSFiles { TLSFiles(certificate: path + "/cert.pem", key: path + "/key.pem") }

    init() throws {
      var template = Array("/tmp/http-server-tests-XXXXXX\0".utf8CString.dropLast())
      guard mkdtemp(&template) != nil else { throw Failed() }
      path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func makeCertificate(_ name: String) throws {
      let arguments = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=\(name)", "-keyout", files.key, "-out", files.certificate,
      ]
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
      defer { posix_spawn_file_actions_destroy(&actions) }
      var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
      defer { for pointer in pointers { free(pointer) } }
      var child = pid_t()
      guard posix_spawnp(&child, "openssl", &actions, nil, &pointers, environ) == 0 else { throw Failed() }
      var status: Int32 = 0
      guard waitpid(child, &status, 0) == child, status == 0 else { throw Failed() }
    }

    deinit {
      for file in ["cert.pem", "key.pem"] { unlink(path + "/" + file) }
      rmdir(path)
    }
  }

  private struct Failed: Error {}

  @Test(arguments: [(TLS1_2_VERSION, "TLSv1.2"), (TLS1_3_VERSION, "TLSv1.3")])
  func servesOverTLS(version: Int32, name: String) async throws {
    let folder = try Folder()
    try folder.makeCertificate("one")
    let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try await TestServer.with(
      ServerConfiguration(tls: folder.files),
      answering: { request in
        #expect(request.peer.isTLS)
        return Response(status: 200, body: request.path == "/large" ? body : request.body)
      }
    ) { test in
      #expect(test.server.url.hasPrefix("https://"))
      let client = try TestClient(port: test.server.port, maximumTLS: version)
      #expect(client.tlsVersion == name)
      #expect(try await client.exchange("GET /large HTTP/1.1\r\nHost: a\r\n\r\n").body == body)
      let long = String(repeating: "a", count: 100_000)
      client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + long)
      #expect(try await client.answer().text == long)
      client.send(get + get + get)
      for _ in 0..<3 { #expect(try await client.answer().status == 200) }
      #expect(try await client.exchange("BAD\r\n").status == 400)
      #expect(try await client.rest() == "")
    }
  }

  @Test func refusesOldVersionsAndPlainHTTP() async throws {
    let folder = try Folder()
    try folder.makeCertificate("one")
    try await TestServer.with(ServerConfiguration(tls: folder.files)) { test in
      #expect(throws: TestClient.Failure.self) {
        try TestClient(port: test.server.port, maximumTLS: TLS1_1_VERSION)
      }
      try await test.until { $0.failedHandshakes == 1 }
      let plain = try test.client()
      plain.send(get)
      #expect(try await plain.rest()?.contains("HTTP/1.1 200") == false)
      try await test.until { $0.failedHandshakes == 2 }
    }
  }

  @Test func takesANewCertificateWhileRunning() async throws {
    let folder = try Folder()
    try folder.makeCertificate("one")
    try await TestServer.with(ServerConfiguration(tls: folder.files)) { test in
      let before = try TestClient(port: test.server.port, maximumTLS: TLS1_3_VERSION)
      #expect(before.serial == "/CN=one")
      try folder.makeCertificate("two")
      try test.server.reloadTLS()
      #expect(try TestClient(port: test.server.port, maximumTLS: TLS1_3_VERSION).serial == "/CN=two")
      #expect(try await before.exchange(get).status == 200)
      unlink(folder.files.key)
      let error = #expect(throws: ServerError.self) { try test.server.reloadTLS() }
      #expect(error?.description.contains(folder.files.key) == true)
      #expect(try TestClient(port: test.server.port, maximumTLS: TLS1_3_VERSION).serial == "/CN=two")
    }
  }

  @Test func saysWhichFileIsBad() throws {
    let folder = try Folder()
    let loop = try Loop(name: "unused")
    defer { loop.stop() }
    let error = #expect(throws: ServerError.self) {
      try Server.start(
        ServerConfiguration(tls: folder.files), loops: [loop],
        handler: Router([], access: Nobody()))
    }
    #expect(error?.description.contains(folder.files.certificate) == true)
    #expect(error?.description.contains("No such file") == true)
  }

  private struct Nobody: AccessControl {
    func admit(_ request: Request, scope: String) async throws(Problem) -> Caller { Caller(clientID: "", scopes: []) }
  }
}

@Suite struct DescriptorTests {
  @Test func lackOfDescriptorsDoesNotSpin() async {
    await #expect(processExitsWith: .success) {
      var limit = rlimit(rlim_cur: 48, rlim_max: 48)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      try await TestServer.with { test in
        var clients: [TestClient] = []
        while let client = try? test.client() { clients.append(client) }
        try await test.until { $0.acceptFailures > 0 }
        let before = clock()
        usleep(600_000)
        // Spinning would take all of the 600 ms; the timer comes by twice or thrice.
        precondition(clock() - before < 200_000, "spins")
        precondition((1...10).contains(test.server.counters.acceptFailures))
        // It goes on once there are descriptors again.
        clients.removeFirst(clients.count - 1)
        let last = clients[0]
        let answer = try await last.exchange(get)
        precondition(answer.status == 200)
      }
    }
  }
}
