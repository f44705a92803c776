import Cache
import Core
import Synchronization
import Testing

@testable import Orders

@Suite struct SharedCopyTests {
  /// Two instances on one shared cache.
  @Test func anotherInstanceNeedNotAsk() async throws {
    let shared = MemoryCache()
    let first = try LookUpFixture(shared: shared)
    let second = try LookUpFixture(shared: shared)
    _ = try await first.ask()
    #expect(try await second.ask().freshness == .cached)
    #expect(second.platform.calls.isEmpty)
    #expect(second.log.all == ["look-up shared"])
  }

  @Test func nothingInItCanBeRead() async throws {
    let shared = MemoryCache()
    let fixture = try LookUpFixture(shared: shared)
    _ = try await fixture.ask()
    let (key, value) = try #require(shared.entries.first)
    let text = key + String(decoding: value, as: UTF8.self)
    for personal in ["839201", "1234567", "10115", "Rain", "SKU"] { #expect(!text.contains(personal)) }
  }

  @Test func anEntryThatWasMovedOrDamagedIsNone() async throws {
    let shared = MemoryCache()
    let fixture = try LookUpFixture(shared: shared)
    _ = try await fixture.ask()
    shared.change { $0.mapValues { $0.map { $0 ^ 1 } } }
    let second = try LookUpFixture(shared: shared)
    #expect(try await second.ask().freshness == .live)
  }

  @Test func anOldSharedCopyIsStillBetterThanNothing() async throws {
    let shared = MemoryCache()
    let first = try LookUpFixture(shared: shared)
    _ = try await first.ask()
    let second = try LookUpFixture(shared: shared)
    second.time.advance(by: .seconds(600))
    second.platform.step = .failure(.timedOut)
    #expect(try await second.ask().freshness == .stale)
  }

  @Test func anOrderThatHasGoneIsTakenOut() async throws {
    let shared = MemoryCache()
    let fixture = try LookUpFixture(shared: shared)
    _ = try await fixture.ask()
    fixture.time.advance(by: .seconds(60))
    fixture.platform.step = .orders([])
    #expect(await fixture.error() == .notFound)
    #expect(shared.entries.isEmpty)
    fixture.platform.step = .failure(.timedOut)
    fixture.time.advance(by: .seconds(60))
    #expect(await fixture.error() == .platformTimeout(limit: .seconds(10)))
  }
}
