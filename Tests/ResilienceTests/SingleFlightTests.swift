import Core
import Resilience
import Synchronization
import Testing

private enum Failure: Error, Equatable {
  case broken, cancelled
}

@Suite(.timeLimit(.minutes(1))) struct SingleFlightTests {
  private typealias Flights = SingleFlight<String, Int, Failure>
  private let flights = Flights(cancellation: .cancelled)
  private let time = ManualTime()
  private let calls = Counter()

  private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    var count: Int { value.load(ordering: .relaxed) }
  }

  private func caller(_ key: String = "a", fails: Bool = false) -> Task<Int, any Error> {
    Task { [flights, time, calls] in
      try await flights.value(for: key) { () async throws(Failure) -> Int in
        let number = calls.next()
        do { try await time.sleep(for: .seconds(1)) } catch { throw .broken }
        if fails { throw .broken }
        return number
      }
    }
  }

  private func waitUntil(_ condition: () -> Bool) async {
    while !condition() { try? await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func equalCallsShareOne() async throws {
    let callers = (0..<10).map { _ in caller() }
    let other = caller("b")
    await waitUntil { flights.waiterCount(for: "a") == 10 && time.sleeperCount == 2 }
    time.advance(by: .seconds(1))
    var values: Set<Int> = []
    for caller in callers { values.insert(try await caller.value) }
    _ = try await other.value
    #expect(values.count == 1)
    #expect(calls.count == 2)
    #expect(flights.count == 0)
  }

  @Test func theErrorIsSharedAndNotKept() async throws {
    let callers = (0..<3).map { _ in caller(fails: true) }
    await waitUntil { flights.waiterCount(for: "a") == 3 && time.sleeperCount == 1 }
    time.advance(by: .seconds(1))
    for caller in callers { await #expect(throws: Failure.broken) { try await caller.value } }
    let next = caller()
    await waitUntil { time.sleeperCount == 1 }
    time.advance(by: .seconds(1))
    #expect(try await next.value == 2)
  }

  @Test func aCancelledCallerDoesNotCancelTheOthers() async throws {
    let first = caller()
    await waitUntil { flights.waiterCount(for: "a") == 1 }
    let second = caller()
    await waitUntil { flights.waiterCount(for: "a") == 2 && time.sleeperCount == 1 }
    first.cancel()
    await #expect(throws: Failure.cancelled) { try await first.value }
    time.advance(by: .seconds(1))
    #expect(try await second.value == 1)
  }

  @Test func theCallIsCancelledWhenNobodyWaits() async throws {
    let only = caller()
    await waitUntil { time.sleeperCount == 1 }
    only.cancel()
    await #expect(throws: Failure.cancelled) { try await only.value }
    await waitUntil { time.sleeperCount == 0 }
    #expect(flights.count == 0)
  }

  @Test func aCallerThatIsCancelledAlreadyStartsNothing() async throws {
    let gate = ManualTime()
    let task = Task { [flights, calls] in
      try? await gate.sleep(for: .seconds(1))
      return try await flights.value(for: "a") { () async throws(Failure) -> Int in calls.next() }
    }
    await waitUntil { gate.sleeperCount == 1 }
    task.cancel()
    await #expect(throws: Failure.cancelled) { try await task.value }
    #expect(calls.count == 0)
  }
}
