import CEvent
import EventLoop
import Glibc
import Synchronization
import Testing

private final class Fired: Sendable {
  private let value = Atomic(false)
  var hasFired: Bool { value.load(ordering: .relaxed) }
  func fire() { value.store(true, ordering: .relaxed) }
}

private nonisolated func timerFired(_: Int32, _: Int16, context: UnsafeMutableRawPointer?) {
  context.map { Unmanaged<Fired>.fromOpaque($0).takeRetainedValue().fire() }
}

@Suite struct LoopTests {
  @Test func tasksRunAndResumeOnTheLoop() async throws {
    let loop = try Loop(name: "test")
    defer { loop.stop() }
    let onLoop = await Task(executorPreference: loop) {
      let before = loop.isCurrent
      try? await Task.sleep(for: .milliseconds(1))
      await Task.yield()
      return before && loop.isCurrent
    }.value
    #expect(onLoop)
    #expect(Loop.current == nil)
  }

  /// A task that is always ready leaves room for sockets and timers.
  @Test func aBusyTaskDoesNotKeepTimersWaiting() async throws {
    let loop = try Loop(name: "test")
    defer { loop.stop() }
    let fired = Fired()
    let busy = Task(executorPreference: loop) {
      while !fired.hasFired, !Task.isCancelled { await Task.yield() }
      return fired.hasFired
    }
    loop.run {
      var soon = timeval(tv_sec: 0, tv_usec: 1)
      let context = Unmanaged.passRetained(fired).toOpaque()
      event_base_once(loop.base, -1, Int16(EV_TIMEOUT), timerFired, context, &soon)
    }
    let limit = Task {
      try await Task.sleep(for: .seconds(20))
      busy.cancel()
    }
    #expect(await busy.value)
    limit.cancel()
  }

  @Test func stopRunsWhatIsQueuedFirst() async throws {
    let loop = try Loop(name: "test")
    let value = await withCheckedContinuation { continuation in
      loop.run { continuation.resume(returning: 7) }
    }
    loop.stop()
    #expect(value == 7)
  }

  @Test func aPoolOfOneKeepsOrderAndRefusesWhenFull() async throws {
    let pool = try BlockingPool(name: "test", threads: 1, capacity: 2)
    defer { pool.stop() }
    let (stream, feed) = AsyncStream.makeStream(of: Int.self)
    for number in 0..<2 { try pool.submit { feed.yield(number) } }
    var seen: [Int] = []
    for await number in stream {
      seen.append(number)
      if seen.count == 2 { break }
    }
    #expect(seen == [0, 1])
    await #expect(throws: DivisionByZero.self) { try await pool.run { throw DivisionByZero() } }
  }

  private struct DivisionByZero: Error {}
}
