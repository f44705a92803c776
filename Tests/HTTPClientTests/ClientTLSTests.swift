import Core
import EventLoop
import Glibc
import HTTPClient
import HTTPMessages
import Testing

/// `openssl s_server` with a private authority, in a folder of its own.
final class TLSPeer: Sendable {
  let folder: String
  let port: UInt16
  var authority: String { folder + "/ca.pem" }
  private let process: pid_t

  /// - Parameter name: the one that the certificate is for.
  init(name: String, options: String = "") throws {
    var template = Array("/tmp/ringback-tls-XXXXXX".utf8CString)
    folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    try Self.wait(
      for: Self.shell(
        """
        cd \(folder) && exec 2>/dev/null >/dev/null
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca &&
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out csr.pem -subj /CN=x &&
        printf 'subjectAltName=\(name)' > san && openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -out cert.pem \
        -CAcreateserial -extfile san
        """))
    var pipeEnds: [Int32] = [0, 0]
    pipe(&pipeEnds)
    for end in pipeEnds { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    process = try Self.shell(
      "cd \(folder) && exec openssl s_server -www -accept 127.0.0.1:0 -cert cert.pem -key key.pem \(options) 2>/dev/null",
      output: pipeEnds[1])
    close(pipeEnds[1])
    defer { close(pipeEnds[0]) }
    // It prints `ACCEPT 127.0.0.1:45123` once it listens.
    var text = ""
    var port: UInt16?
    while port == nil {
      var chunk = [UInt8](repeating: 0, count: 512)
      let count = try #require(Optional(read(pipeEnds[0], &chunk, chunk.count)).flatMap { $0 > 0 ? $0 : nil })
      text += String(decoding: chunk[..<count], as: UTF8.self)
      port = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT ") && text.hasSuffix("\n") }
        .flatMap { UInt16($0.split(separator: ":").last ?? "") }
    }
    self.port = try #require(port)
  }

  func stop() {
    kill(process, SIGKILL)
    try? Self.wait(for: process, succeeds: false)
    try? Self.wait(for: Self.shell("rm -r \(folder)"))
  }

  private static func shell(_ command: String, output: Int32? = nil) throws -> pid_t {
    var process = pid_t()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) }
    var arguments: [UnsafeMutablePointer<CChar>?] = [
      strdup("/bin/bash"), strdup("-c"), strdup(closeInherited + command), nil,
    ]
    defer { for argument in arguments { free(argument) } }
    try #require(posix_spawn(&process, "/bin/bash", &actions, nil, &arguments, environ) == 0)
    return process
  }

  /// A socket of another test that is open here too would not end when that test closes it.
  private static let closeInherited = """
    for f in /proc/$$/fd/*; do n=${f##*/}; if [ "$n" -gt 2 ]; then eval "exec $n>&-"; fi; done 2>/dev/null

    """

  private static func wait(for process: pid_t, succeeds: Bool = true) throws {
    var status: Int32 = 0
    waitpid(process, &status, 0)
    if succeeds { try #require(status == 0, "openssl is not installed") }
  }
}

@Suite(.timeLimit(.minutes(1))) struct ClientTLSTests {
  enum Trust { case privateAuthority, system }

  @Test(arguments: [
    ("IP:127.0.0.1", "", Trust.privateAuthority, true), ("IP:127.0.0.1", "-tls1_2", .privateAuthority, true),
    ("IP:127.0.0.1", "-tls1_3", .privateAuthority, true), ("IP:127.0.0.1", "", .system, false),
    ("DNS:shop.example", "", .privateAuthority, false),
    ("IP:127.0.0.1", "-tls1_1 -cipher DEFAULT:@SECLEVEL=0", .privateAuthority, false),
  ])
  func peersAreVerified(name: String, options: String, trust: Trust, isAccepted: Bool) async throws {
    // Keys and a process are made by calls that block.
    let pool = try BlockingPool(name: "openssl", threads: 1)
    defer { pool.stop() }
    let peer = try await pool.run { try TLSPeer(name: name, options: options) }
    defer { peer.stop() }
    let loop = try Loop(name: "test")
    defer { loop.stop() }
    var settings = Client.Options()
    if trust == .privateAuthority { settings.authorities = peer.authority }
    let client = try Client(loop: loop, options: settings)
    var error: HTTPClientError?
    do throws(HTTPClientError) {
      let answer = try await client.send(OutgoingRequest(.get, "https://127.0.0.1:\(peer.port)/"))
      #expect(answer.status == 200)
    } catch let thrown {
      error = thrown
    }
    #expect((error == nil) == isAccepted, "\(String(describing: error))")
    if !isAccepted { #expect(error?.isNotSent == true, "not a byte of the request goes to a peer that is not trusted") }
    await client.shutdown()
  }
}
