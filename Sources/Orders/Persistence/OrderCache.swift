import Cache
import Core
import FoundationEssentials

/// The orders that were asked for lately, in the process and, where configured, shared between instances.
///
/// "No such order" is kept as long as an order is: if only orders were kept, a quick second answer would tell a guesser
/// that the number exists. It is kept apart, so that guessing does not push out what real callers ask for.
struct OrderCache: Sendable {
  enum Known {
    case order(OrderCopy)
    case unknown
  }

  private let configuration: OrdersConfiguration
  private let copies: BoundedCache<OrderID, OrderCopy>
  private let unknowns: BoundedCache<OrderID, Timestamp>
  private let shared: (any SharedCache)?
  private let personal: PersonalData

  init(_ configuration: OrdersConfiguration, shared: (any SharedCache)?, personal: PersonalData) {
    self.configuration = configuration
    self.shared = shared
    self.personal = personal
    copies = BoundedCache(capacity: configuration.cacheCapacity)
    unknowns = BoundedCache(capacity: configuration.cacheCapacity)
  }

  /// What is known and young enough to be true; nil if the platform must be asked.
  func known(_ id: OrderID, at now: Timestamp) -> Known? {
    if let copy = copies[id], isFresh(copy, at: now) { return .order(copy) }
    if let since = unknowns[id], Self.age(since, at: now) < configuration.timeToLive { return .unknown }
    return nil
  }

  /// A copy that is young enough to be served while the platform cannot be reached.
  func staleCopy(_ id: OrderID, at now: Timestamp) -> OrderCopy? {
    copies[id].flatMap { Self.age($0.fetchedAt, at: now) <= configuration.staleLimit ? $0 : nil }
  }

  func store(_ copy: OrderCopy) async {
    copies[copy.order.id] = copy
    unknowns[copy.order.id] = nil
    await share(copy)
  }

  func storeUnknown(_ id: OrderID, at now: Timestamp) {
    copies[id] = nil
    unknowns[id] = now
  }

  func isFresh(_ copy: OrderCopy, at now: Timestamp) -> Bool {
    Self.age(copy.fetchedAt, at: now) < configuration.timeToLive(of: copy.order.status)
  }

  /// A time from the future, as after the clock was set back, is no age that can be trusted.
  private static func age(_ moment: Timestamp, at now: Timestamp) -> Duration {
    moment > now ? .seconds(Int64.max / 4) : now - moment
  }
}

// MARK: - Shared between instances

extension OrderCache {
  /// What lies in the shared cache. Sealed as a whole and under a keyed hash: it holds telephone numbers and postal
  /// codes, and an order number alone opens doors at many shops.
  private struct Entry: Codable {
    let order: Order
    let fetchedAt: Timestamp
  }

  private func key(_ id: OrderID) -> String { "ringback:order:\(personal.hash(id.rawValue).hex)" }

  /// The copy of another instance, kept here from now on. Nil for none and for whatever goes wrong: a cache that is down
  /// is no error.
  func sharedCopy(_ id: OrderID, at now: Timestamp) async -> OrderCopy? {
    guard let shared else { return nil }
    let key = key(id)
    guard let bytes = await shared.value(key), let entry: Entry = try? personal.open(bytes, in: key),
      entry.order.id == id, Self.age(entry.fetchedAt, at: now) <= configuration.staleLimit
    else { return nil }
    let copy = OrderCopy(order: entry.order, fetchedAt: entry.fetchedAt)
    if copies[id].map({ $0.fetchedAt < copy.fetchedAt }) ?? true { copies[id] = copy }
    return copy
  }

  private func share(_ copy: OrderCopy) async {
    guard let shared else { return }
    let key = key(copy.order.id)
    let entry = Entry(order: copy.order, fetchedAt: copy.fetchedAt)
    guard let bytes = try? personal.seal(entry, in: key) else { return }
    await shared.setValue(key, to: bytes, for: configuration.staleLimit)
  }
}
