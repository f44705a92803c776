import Core
import Synchronization

/// Values in the memory of this process, at most so many, each until its end.
///
/// CLOCK: entries lie in a ring; a hit marks one, and the hand that looks for room passes marked ones once. As good as LRU
/// in practice, with no list to mend at every hit. All operations are O(1), amortised; thread-safe.
///
/// A look-up is `@inlinable`, so that the room that keeps something here has one of its own types; one for all types costs
/// four times as much.
@usableFromInline package final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// For metrics.
  @usableFromInline package struct Statistics: Sendable, Hashable {
    @usableFromInline package internal(set) var hits: UInt64 = 0
    @usableFromInline package internal(set) var misses: UInt64 = 0
    /// Entries that gave way to others.
    package fileprivate(set) var evictions: UInt64 = 0
    package fileprivate(set) var count = 0
    package fileprivate(set) var cost = 0
  }

  @usableFromInline struct Entry {
    let key: Key
    @usableFromInline var value: Value
    var cost: Int
    /// On `TimeSource.uptime`.
    @usableFromInline var end: Duration?
    @usableFromInline var wasHit = false
  }

  @usableFromInline struct State {
    @usableFromInline var places: [Key: Int] = [:]
    @usableFromInline var ring: [Entry?] = []
    /// Places in the ring that are empty.
    var free: [Int] = []
    var hand = 0
    @usableFromInline var statistics = Statistics()
  }

  private let maximumCount: Int
  private let maximumCost: Int
  @usableFromInline let state = Mutex(State())

  /// - Parameter maximumCost: the sum of what `set` is given as cost, such as bytes; a single value above it is not kept.
  package init(maximumCount: Int, maximumCost: Int = .max) {
    precondition(maximumCount > 0, "a cache holds something")
    self.maximumCount = maximumCount
    self.maximumCost = maximumCost
  }

  package var statistics: Statistics { state.withLock { $0.statistics } }

  /// - Parameter now: `TimeSource.uptime`; an entry whose end has come is a miss.
  @inlinable package func value(for key: Key, now: Duration) -> Value? {
    state.withLock { state in
      guard let place = state.places[key], let entry = state.ring[place] else {
        state.statistics.misses += 1
        return nil
      }
      if let end = entry.end, end <= now {
        Self.remove(place, from: &state)
        state.statistics.misses += 1
        return nil
      }
      if !entry.wasHit { state.ring[place]?.wasHit = true }
      state.statistics.hits += 1
      return entry.value
    }
  }

  /// - Parameter end: on `TimeSource.uptime`; nil to keep it for as long as there is room.
  package func set(_ value: Value, for key: Key, cost: Int = 1, end: Duration? = nil) {
    state.withLock { state in
      if let place = state.places[key] { Self.remove(place, from: &state) }
      guard cost <= maximumCost else { return }
      while state.statistics.count >= maximumCount || state.statistics.cost > maximumCost - cost { evict(&state) }
      let entry = Entry(key: key, value: value, cost: cost, end: end)
      if let place = state.free.popLast() {
        state.ring[place] = entry
        state.places[key] = place
      } else {
        state.ring.append(entry)
        state.places[key] = state.ring.count - 1
      }
      state.statistics.count += 1
      state.statistics.cost += cost
    }
  }

  package func remove(_ key: Key) {
    state.withLock { state in
      if let place = state.places[key] { Self.remove(place, from: &state) }
    }
  }

  package func removeAll() {
    state.withLock { state in
      let counted = state.statistics
      state = State()
      state.statistics = counted
      (state.statistics.count, state.statistics.cost) = (0, 0)
    }
  }

  /// Moves the hand to the next entry that was not hit since it came by last. There is one at the latest after a round.
  private func evict(_ state: inout State) {
    while true {
      let place = state.hand
      state.hand = (state.hand + 1) % state.ring.count
      guard let entry = state.ring[place] else { continue }
      guard entry.wasHit else {
        Self.remove(place, from: &state)
        state.statistics.evictions += 1
        return
      }
      state.ring[place]?.wasHit = false
    }
  }

  @usableFromInline static func remove(_ place: Int, from state: inout State) {
    guard let entry = state.ring[place] else { return }
    state.ring[place] = nil
    state.places[entry.key] = nil
    state.free.append(place)
    state.statistics.count -= 1
    state.statistics.cost -= entry.cost
  }
}
