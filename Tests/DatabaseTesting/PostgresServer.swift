import CPostgres
import Core
import Foundation
import Synchronization

/// A PostgreSQL of this process alone: in a temporary folder, on a socket in it, gone when the process ends however it ends.
package final class PostgresServer: Sendable {
  package enum Failure: Error { case notInstalled, notStarted(String), statement(String) }

  /// One for all tests that do not stop it.
  package static let shared = Result { try PostgresServer() }

  /// Where `initdb` and `postgres` are; nil if they are nowhere.
  package static let binaries: String? = {
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
    let folders = versions.sorted().reversed().map { "/usr/lib/postgresql/\($0)/bin" } + ["/usr/bin", "/usr/local/bin"]
    return folders.first { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") }
  }()

  /// Does what it is told on standard input. The end of the input is the end of the process that started it: then it stops
  /// the server and removes the folder. The server refuses to run as root.
  private static let keeper = """
    dir=$1 bin=$2
    as() { if [ "$(id -u)" = 0 ]; then exec setpriv --reuid "$user" --regid "$user" --clear-groups "$@"; else exec "$@"; fi; }
    user=postgres; id -u "$user" >/dev/null 2>&1 || user=nobody
    mkdir -m 700 "$dir"; [ "$(id -u)" = 0 ] && chown "$user" "$dir"
    cd "$dir"
    (as "$bin/initdb" -D "$dir/data" -U test -A trust -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1)
    start() {
      as "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c fsync=off -c max_connections=1000 \\
        -c shared_buffers=32MB >>"$dir/server.log" 2>&1 </dev/null &
      server=$!
    }
    stop() { kill -"$1" "$server" 2>/dev/null; wait "$server"; }
    start
    while read -r order; do
      case $order in
        start) start ;;
        kill) stop QUIT; echo killed ;;
      esac
    done
    stop INT
    cd /
    rm -rf "$dir"
    """

  private let folder: String
  private let orders: FileHandle
  private let answers: FileHandle
  private let databases = Mutex(0)

  /// Starts it and waits until it answers.
  package init() throws {
    guard let binaries = Self.binaries else { throw Failure.notInstalled }
    // A socket's path has room for 107 bytes.
    folder = "/tmp/rbpg-\(UUID().uuidString.prefix(13))"
    let keeper = Process()
    keeper.executableURL = URL(fileURLWithPath: "/bin/sh")
    keeper.arguments = ["-c", Self.keeper, "postgres-keeper", folder, binaries]
    let input = Pipe()
    let output = Pipe()
    keeper.standardInput = input
    keeper.standardOutput = output
    // Nothing that reads our output may wait for the keeper, which outlives us by a moment.
    keeper.standardError = FileHandle.nullDevice
    try keeper.run()
    orders = input.fileHandleForWriting
    answers = output.fileHandleForReading
    try waitUntilReady()
  }

  package func conninfo(database: String) -> Redacted<String> {
    Redacted("host=\(folder) user=test dbname=\(database)")
  }

  /// Ends it without notice to anybody, as a crash does.
  package func kill() {
    orders.write(Data("kill\n".utf8))
    _ = answers.availableData
  }

  package func start() throws {
    orders.write(Data("start\n".utf8))
    try waitUntilReady()
  }

  /// For a server of one test.
  package func stop() {
    try? orders.close()
  }

  package func makeDatabase() throws -> String {
    let number = databases.withLock { number in
      number += 1
      return number
    }
    try execute("CREATE DATABASE t\(number)")
    return "t\(number)"
  }

  package func dropDatabase(_ name: String) throws {
    try execute("DROP DATABASE \(name) WITH (FORCE)")
  }

  private func execute(_ sql: String) throws {
    let connection = PQconnectdb(conninfo(database: "postgres").reveal())
    defer { PQfinish(connection) }
    let result = PQexec(connection, sql)
    defer { PQclear(result) }
    guard PQresultStatus(result) == PGRES_COMMAND_OK else {
      throw Failure.statement(String(cString: PQerrorMessage(connection)))
    }
  }

  private func waitUntilReady() throws {
    let deadline = SystemTime().uptime + .seconds(60)
    while PQping(conninfo(database: "postgres").reveal()) != PQPING_OK {
      guard SystemTime().uptime < deadline else {
        throw Failure.notStarted((try? String(contentsOfFile: folder + "/server.log", encoding: .utf8)) ?? "no log")
      }
      usleep(20_000)
    }
  }
}
