import Cache
import Core
import Resilience
import Synchronization
import Testing

private let isInstalled = RedisServer.isInstalled

@Suite(
  .enabled(if: isInstalled, "redis-server is not installed; on Debian: apt-get install redis-server"),
  .timeLimit(.minutes(1)))
struct RedisCacheTests {
  private final class Events: Sendable {
    private let list: Mutex<[RedisCache.Event]> = Mutex([])
    var all: [RedisCache.Event] { list.withLock { $0 } }
    func add(_ event: RedisCache.Event) { list.withLock { $0.append(event) } }
  }

  private func cache(
    _ path: String, events: Events = Events(), _ change: (inout RedisCache.Options) -> Void = { _ in }
  ) throws -> RedisCache {
    var options = RedisCache.Options(address: .unix(path: path))
    // On a busy machine the default of 50 ms may pass by itself; the tests of the limit set their own.
    options.timeout = .seconds(5)
    change(&options)
    return try RedisCache(options, time: SystemTime(), observe: { events.add($0) })
  }

  /// Calls make it try again.
  private func waitUntilConnected(_ cache: RedisCache) async throws {
    while !cache.isConnected {
      _ = await cache.get("-")
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private func waitUntil(_ condition: () async -> Bool) async throws {
    while await !condition() { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test(arguments: [[], [0], Array("a\r\nb\0c".utf8), [UInt8](repeating: 0xFF, count: 1 << 20)])
  func valuesAreBytes(value: [UInt8]) async throws {
    let server = try RedisServer()
    defer { server.remove() }
    let cache = try cache(server.socket)
    try await waitUntilConnected(cache)
    #expect(await cache.get("order 1\r\n") == nil)
    await cache.set("order 1\r\n", value, lifetime: .seconds(60))
    #expect(await cache.get("order 1\r\n") == value)
    await cache.delete("order 1\r\n")
    #expect(await cache.get("order 1\r\n") == nil)
    cache.stop()
    #expect(await cache.get("a") == nil)
  }

  @Test func prefixesAndDatabasesAreApart() async throws {
    let server = try RedisServer()
    defer { server.remove() }
    let caches = try [
      cache(server.socket), cache(server.socket) { $0.prefix = "other:" }, cache(server.socket) { $0.database = 3 },
    ]
    for (number, cache) in caches.enumerated() {
      try await waitUntilConnected(cache)
      await cache.set("a", [UInt8(number)], lifetime: .seconds(60))
    }
    for (number, cache) in caches.enumerated() { #expect(await cache.get("a") == [UInt8(number)]) }
  }

  @Test func valuesEnd() async throws {
    let server = try RedisServer()
    defer { server.remove() }
    let cache = try cache(server.socket)
    try await waitUntilConnected(cache)
    await cache.set("short", [1], lifetime: .milliseconds(20))
    await cache.set("long", [2], lifetime: .seconds(60))
    try await waitUntil { await cache.get("short") == nil }
    #expect(await cache.get("long") == [2])
    await cache.set("long", [3], lifetime: .zero)
    #expect(await cache.get("long") == nil, "no lifetime left removes it")
  }

  @Test func thePasswordIsAskedForAtEveryAttempt() async throws {
    let server = try RedisServer(password: "right")
    defer { server.remove() }
    let events = Events()
    let password = Password()
    let cache = try cache(server.socket, events: events) {
      $0.password = { Redacted(password.value.withLock { $0 }) }
      $0.backoff = .exponential(base: .milliseconds(5), cap: .milliseconds(5))
    }
    try await waitUntil {
      _ = await cache.get("a")
      return events.all.contains {
        if case .disconnected(let reason) = $0 { reason.contains("WRONGPASS") } else { false }
      }
    }
    #expect(!cache.isConnected)
    password.value.withLock { $0 = "right" }
    try await waitUntilConnected(cache)
    #expect(!"\(events.all)".contains("wrong-s3cret"))
  }

  private final class Password: Sendable { let value = Mutex("wrong-s3cret") }

  @Test func aServerThatDiesIsAMissAndComesBackWithoutARestart() async throws {
    let server = try RedisServer()
    defer { server.remove() }
    let events = Events()
    let cache = try cache(server.socket, events: events) { $0.timeout = .milliseconds(400) }
    try await waitUntilConnected(cache)
    await cache.set("a", [1], lifetime: .seconds(60))
    server.end()
    for _ in 0..<200 {
      let (value, took) = await timed { await cache.get("a") }
      #expect(value == nil)
      #expect(took < .seconds(5))
      await cache.set("a", [1], lifetime: .seconds(60))
      await cache.delete("a")
    }
    #expect(!cache.isConnected)
    try server.start()
    try await waitUntilConnected(cache)
    await cache.set("a", [2], lifetime: .seconds(60))
    #expect(await cache.get("a") == [2])
    #expect(events.all.first == .connected && events.all.last == .connected)
    // Up, lost, then perhaps that nobody is there, up.
    #expect((3...4).contains(events.all.count), "each change is told once: \(events.all)")
  }

  @Test func aServerThatHangsHoldsNobodyUp() async throws {
    let server = try RedisServer()
    defer { server.remove() }
    let cache = try cache(server.socket) { $0.timeout = .milliseconds(200) }
    try await waitUntilConnected(cache)
    server.pause()
    await withTaskGroup { group in
      for _ in 0..<200 {
        group.addTask {
          let (value, took) = await timed { await cache.get("a") }
          #expect(value == nil)
          #expect(took < .seconds(5), "one time limit of 200 ms, not two hundred one after another")
        }
      }
    }
    var quick = 0
    for _ in 0..<100 where await timed({ await cache.get("a") }).1 < .milliseconds(10) { quick += 1 }
    #expect(quick >= 95, "while it is down nobody waits")
    server.resume()
    try await waitUntilConnected(cache)
    await cache.set("a", [2], lifetime: .seconds(60))
    #expect(await cache.get("a") == [2])
  }

  @Test func nobodyThereIsAMiss() async throws {
    let events = Events()
    let cache = try cache("/tmp/there-is-no-such-socket", events: events)
    try await waitUntil { !events.all.isEmpty }
    for _ in 0..<10 { #expect(await cache.get("a") == nil) }
    #expect(!cache.isConnected)
    guard case .disconnected(let reason)? = events.all.first else { return #expect(Bool(false), "not told") }
    #expect(reason.contains("cannot connect"))
  }
}

private func timed<Result>(_ body: () async -> Result) async -> (Result, Duration) {
  let clock = ContinuousClock()
  let start = clock.now
  let result = await body()
  return (result, clock.now - start)
}
