import Core
import EventLoop
import HTTPMessages
import Synchronization

@testable import HTTPServer

/// A server on a free port of loopback with a clock that the test moves. Drained and stopped by `with`.
struct TestServer {
  let server: Server
  let time: ManualTime
  let log: Log

  final class Log: Sendable {
    private let entries = Mutex<[Exchange]>([])
    var exchanges: [Exchange] { entries.withLock { $0 } }
    func add(_ exchange: Exchange) { entries.withLock { $0.append(exchange) } }
  }

  private struct Handler: RequestHandler {
    let body: @Sendable (Request) async -> Response
    func respond(to request: Request) async -> Response { await body(request) }
  }

  static func with(
    _ configuration: ServerConfiguration = ServerConfiguration(), loops count: Int = 1,
    handler: any RequestHandler, _ body: (TestServer) async throws -> Void
  ) async throws {
    let loops = try (0..<count).map { try Loop(name: "server-\($0)") }
    defer { for loop in loops { loop.stop() } }
    let time = ManualTime()
    let log = Log()
    let server = try Server.start(
      configuration, loops: loops, handler: handler, time: time, random: SeededRandom(seed: 7), observe: log.add)
    do {
      try await body(TestServer(server: server, time: time, log: log))
    } catch {
      await server.drain(deadline: .zero)
      throw error
    }
    await server.drain(deadline: .zero)
  }

  /// The handler answers with what it was asked.
  static func with(
    _ configuration: ServerConfiguration = ServerConfiguration(), loops count: Int = 1,
    answering handler: @escaping @Sendable (Request) async -> Response = echo,
    _ body: (TestServer) async throws -> Void
  ) async throws {
    try await with(configuration, loops: count, handler: Handler(body: handler), body)
  }

  static let echo: @Sendable (Request) async -> Response = { request in
    .text("\(request.method) \(request.path) \(String(decoding: request.body, as: UTF8.self))")
  }

  func client() throws -> TestClient { try TestClient(port: server.port) }

  /// Waits until the server has seen what the test did; each look is one turn of its loop.
  func until(_ condition: (ServerCounters) -> Bool) async throws {
    for _ in 0..<20_000 {
      if condition(server.counters) { return }
      await server.sweep()
    }
    throw NeverHappened()
  }

  struct NeverHappened: Error {}
}

/// Holds handlers back until the test opens it.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    var arrivals = 0
  }

  private let state = Mutex(State())

  var arrivals: Int { state.withLock { $0.arrivals } }

  func pass() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        state.arrivals += 1
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
