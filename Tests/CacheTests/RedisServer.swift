import Glibc
import Testing

/// A redis-server of its own on a socket in a folder of its own.
final class RedisServer {
  static let isInstalled = ["/usr/bin", "/usr/local/bin", "/bin"].contains { access($0 + "/redis-server", X_OK) == 0 }

  let folder: String
  var socket: String { folder + "/redis.sock" }
  private let password: String?
  private var process: pid_t?

  init(password: String? = nil) throws {
    var template = Array("/tmp/ringback-redis-XXXXXX".utf8CString)
    folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    self.password = password
    try start()
  }

  func start() throws {
    unlink(socket)
    // A socket of another test that is open in the server too would not end when that test closes it.
    let script = """
      for f in /proc/$$/fd/*; do n=${f##*/}; if [ "$n" -gt 2 ]; then eval "exec $n>&-"; fi; done 2>/dev/null
      exec redis-server "$@"
      """
    var arguments = [
      "bash", "-c", script, "redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder,
    ]
    arguments += ["--logfile", "/dev/null"]
    if let password { arguments += ["--requirepass", password] }
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { argument in strdup(argument) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var process = pid_t()
    try #require(posix_spawn(&process, "/bin/bash", nil, nil, &pointers, environ) == 0)
    self.process = process
    while !answers() { usleep(1_000) }
  }

  private func answers() -> Bool {
    let probe = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(probe) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socket.utf8) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(probe, $0, size) == 0 }
    }
  }

  func pause() { process.map { _ = kill($0, SIGSTOP) } }
  func resume() { process.map { _ = kill($0, SIGCONT) } }

  /// Kills it without a chance to say goodbye.
  func end() {
    guard let process else { return }
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    self.process = nil
  }

  func remove() {
    end()
    unlink(socket)
    rmdir(folder)
  }
}
