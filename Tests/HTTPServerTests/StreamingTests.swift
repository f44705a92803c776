import Core
import HTTPMessages
import Synchronization
import Testing

@testable import HTTPServer

private let get = "GET /a HTTP/1.1\r\nHost: a.example\r\n\r\n"

/// Parts that a test gives one by one; counts how often it was asked.
private final class Parts: Sendable {
  private enum Part {
    case bytes([UInt8])
    case end
  }

  private struct State {
    var parts: [Part] = []
    var asked = 0
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  var asked: Int { state.withLock { $0.asked } }

  /// - Parameter part: nil for the end.
  func give(_ part: String?) {
    state.withLock { $0.parts.append(part.map { .bytes(Array($0.utf8)) } ?? .end) }
    wake()
  }

  func next() async throws -> [UInt8]? {
    state.withLock { $0.asked += 1 }
    while true {
      try Task.checkCancellation()
      switch state.withLock({ $0.parts.isEmpty ? Part?.none : $0.parts.removeFirst() }) {
      case .bytes(let bytes): return bytes
      case .end: return nil
      case nil: await wait()
      }
    }
  }

  private func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if state.parts.isEmpty, !Task.isCancelled { state.waiter = continuation }
          return state.waiter == nil
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      wake()
    }
  }

  private func wake() {
    let waiter = state.withLock { state in
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }
}

/// Says when nobody holds it any more.
private final class Held: Sendable {
  let released: Mutexed<Bool>
  init(_ released: Mutexed<Bool>) { self.released = released }
  deinit { released.value = true }
}

private final class Mutexed<Value: Sendable>: Sendable {
  private let state: Mutex<Value>
  init(_ value: Value) { state = Mutex(value) }
  var value: Value {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }
}

@Suite struct StreamingTests {
  private func streaming(_ parts: Parts) -> @Sendable (Request) async -> Response {
    { _ in .stream(type: "text/plain") { try await parts.next() } }
  }

  @Test func partsComeAsChunksAndTheConnectionGoesOn() async throws {
    let parts = Parts()
    try await TestServer.with(answering: { request in
      request.path == "/a" ? .stream(type: "text/plain") { try await parts.next() } : .text("second")
    }) { test in
      let client = try test.client()
      client.send(get + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
      let head = try await client.answer()
      #expect(head.status == 200)
      #expect(head.headers["transfer-encoding"] == "chunked")
      #expect(head.headers["content-length"] == nil)
      #expect(head.headers["content-type"] == "text/plain")
      parts.give("hello ")
      #expect(try await client.until("hello \r\n") == "6\r\nhello \r\n")
      // A chunk of no bytes would be the end.
      parts.give("")
      parts.give(String(repeating: "x", count: 300))
      #expect(try await client.until("x\r\n").hasPrefix("12c\r\nxxx"))
      parts.give(nil)
      #expect(try await client.until("\r\n\r\n") == "0\r\n\r\n")
      #expect(try await client.answer().text == "second")
      #expect(test.log.exchanges.map(\.status) == [200, 200])
    }
  }

  @Test func theEndOfAnHTTP10StreamIsThatOfTheConnection() async throws {
    let parts = Parts()
    try await TestServer.with(answering: streaming(parts)) { test in
      let client = try test.client()
      parts.give("one")
      parts.give("two")
      parts.give(nil)
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      let head = try await client.answer()
      #expect(head.headers["transfer-encoding"] == nil)
      #expect(head.headers["connection"] == "close")
      #expect(try await client.rest() == "onetwo")
    }
  }

  @Test func aHeadRequestHasTheHeaderAlone() async throws {
    let parts = Parts()
    try await TestServer.with(answering: streaming(parts)) { test in
      let client = try test.client()
      let answer = try await client.exchange("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true)
      #expect(answer.headers["transfer-encoding"] == "chunked")
      #expect(parts.asked == 0)
      // The connection goes on.
      #expect(try await client.exchange("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", isHead: true).status == 200)
    }
  }

  @Test func aFailureCutsTheConnectionWithoutAnEnd() async throws {
    struct Broken: Error {}
    try await TestServer.with(answering: { _ in
      let count = Mutexed(0)
      return .stream(type: "text/plain") {
        count.value += 1
        if count.value > 1 { throw Broken() }
        return Array("part".utf8)
      }
    }) { test in
      let client = try test.client()
      client.send(get)
      #expect(try await client.rest()?.hasSuffix("4\r\npart\r\n") == true)
    }
  }

  @Test func aClientThatGoesAwayEndsTheStream() async throws {
    let parts = Parts()
    let released = Mutexed(false)
    try await TestServer.with(answering: { _ in
      let held = Held(released)
      return .stream(type: "text/plain") {
        withExtendedLifetime(held) {}
        return try await parts.next()
      }
    }) { test in
      do {
        let client = try test.client()
        client.send(get)
        _ = try await client.answer()
        #expect(!released.value)
      }
      try await test.until { $0.open == 0 }
      for _ in 0..<20_000 where !released.value { await test.server.sweep() }
      #expect(released.value)
    }
  }

  @Test func whatIsNotReadIsNotAskedFor() async throws {
    let asked = Mutexed(0)
    let part = [UInt8](repeating: 65, count: 1 << 20)
    try await TestServer.with(answering: { _ in
      .stream(type: "text/plain") {
        asked.value += 1
        return part
      }
    }) { test in
      let client = try test.client()
      client.send(get)
      _ = try await client.answer()
      var before = -1
      // The sockets' buffers fill up; then nothing moves.
      while before != asked.value {
        before = asked.value
        for _ in 0..<50 { await test.server.sweep() }
      }
      #expect(before < 64)
      #expect(test.server.counters.open == 1)
      // A writer that is stalled is cut like any other.
      test.time.advance(by: .seconds(31))
      await test.server.sweep()
      #expect(test.server.counters.open == 0)
    }
  }

  @Test func noDeadlineCutsAStreamThatHasNothingToSay() async throws {
    let parts = Parts()
    try await TestServer.with(answering: streaming(parts)) { test in
      let client = try test.client()
      client.send(get)
      _ = try await client.answer()
      for _ in 0..<10 {
        test.time.advance(by: .seconds(100))
        await test.server.sweep()
      }
      parts.give("still here")
      #expect(try await client.until("here\r\n") == "a\r\nstill here\r\n")
    }
  }

  @Test func aStreamThatIsAlwaysReadyLeavesTheLoopToOthers() async throws {
    try await TestServer.with(answering: { request in
      request.path == "/a" ? .stream(type: "text/plain") { [65] } : .text("other")
    }) { test in
      let greedy = try test.client()
      greedy.send(get)
      _ = try await greedy.answer()
      let other = try test.client()
      #expect(try await other.exchange("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").text == "other")
    }
  }

  @Test func aDrainWaitsForTheStreamsEnd() async throws {
    let parts = Parts()
    try await TestServer.with(answering: streaming(parts)) { test in
      let client = try test.client()
      client.send(get)
      _ = try await client.answer()
      async let drained = test.server.drain(deadline: .seconds(60))
      parts.give("last")
      parts.give(nil)
      #expect(try await client.rest() == "4\r\nlast\r\n0\r\n\r\n")
      #expect(await drained)
    }
  }
}
