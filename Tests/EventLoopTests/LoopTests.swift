import EventLoop
import Testing

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
