import EventLoop
import Glibc
import Testing

@Suite struct BlockingPoolTests {
  @Test func aTaskRunsAndResumesOnItsThread() async throws {
    let pool = try BlockingPool(name: "pool-test", threads: 1)
    defer { pool.stop() }
    let thread = try await pool.run { UInt(pthread_self()) }
    let threads = await Task(executorPreference: pool) {
      let before = UInt(pthread_self())
      try? await Task.sleep(for: .milliseconds(1))
      await Task.yield()
      return [before, UInt(pthread_self())]
    }.value
    #expect(threads == [thread, thread])
    #expect(UInt(pthread_self()) != thread)
  }

  /// A call may be refused, as somebody hears of it; a part of a task may not.
  @Test func tasksAreRunThoughThePoolIsFullOrStopped() async throws {
    let pool = try BlockingPool(name: "pool-full", threads: 1, capacity: 0)
    #expect(throws: BlockingPoolError.full) { try pool.submit {} }
    #expect(await Task(executorPreference: pool) { 1 }.value == 1)
    pool.stop()
    #expect(throws: BlockingPoolError.stopped) { try pool.submit {} }
    #expect(await Task(executorPreference: pool) { 2 }.value == 2)
  }
}
