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

  private let configuration: LiveOrdersConfiguration
  private let copies: BoundedCache<OrderID, OrderCopy>
  private let unknowns: BoundedCache<OrderID, Timestamp>
  private let shared: (any SharedCache)?
  private let personal: PersonalData
  private let time: any TimeSource

  init(
    _ configuration: LiveOrdersConfiguration, shared: (any SharedCache)?, personal: PersonalData, time: any TimeSource
  ) {
    self.configuration = configuration
    self.shared = shared
    self.personal = personal
    self.time = time
    let capacity = configuration.read { $0.cacheCapacity }
    copies = BoundedCache(maximumCount: capacity)
    unknowns = BoundedCache(maximumCount: capacity)
  }

  /// Other instances' copies may be had.
  var isShared: Bool { shared != nil }

  /// What is known and young enough to be true; nil if the platform must be asked.
  func known(_ id: OrderID) -> Known? {
    let now = time.now
    let uptime = time.uptime
    if let copy = copies.value(for: id, now: uptime), isFresh(copy, at: now) { return .order(copy) }
    if let since = unknowns.value(for: id, now: uptime), Self.age(since, at: now) < timeToLive {
      return .unknown
    }
    return nil
  }

  /// A copy that is young enough to be served while the platform cannot be reached.
  func staleCopy(_ id: OrderID) -> OrderCopy? {
    copies.value(for: id, now: time.uptime)
      .flatMap { Self.age($0.fetchedAt, at: time.now) <= staleLimit ? $0 : nil }
  }

  func store(_ copy: OrderCopy) async {
    keep(copy)
    unknowns.remove(copy.order.id)
    await share(copy)
  }

  func storeUnknown(_ id: OrderID) async {
    copies.remove(id)
    unknowns.set(time.now, for: id, end: time.uptime + timeToLive)
    await shared?.delete(key(id))
  }

  /// Ends with the stale limit, as the copy holds personal data that nobody needs after that.
  private func keep(_ copy: OrderCopy) {
    let lifetime = max(staleLimit, timeToLive(of: copy.order.status))
    copies.set(copy, for: copy.order.id, end: time.uptime + lifetime + .seconds(1))
  }

  private func isFresh(_ copy: OrderCopy, at now: Timestamp) -> Bool {
    Self.age(copy.fetchedAt, at: now) < timeToLive(of: copy.order.status)
  }

  private var timeToLive: Duration { configuration.read { $0.timeToLive } }

  private func timeToLive(of status: OrderStatus) -> Duration { configuration.read { $0.timeToLive(of: status) } }

  private var staleLimit: Duration { configuration.read { $0.staleLimit } }

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

  private func key(_ id: OrderID) -> String { "order:\(personal.hash(id.rawValue).hex)" }

  /// The copy that another instance fetched, if it is young enough to be true. An older one is kept, for when the
  /// platform cannot be reached. Whatever goes wrong is "none": a cache that is down is no error.
  func sharedCopy(_ id: OrderID) async -> OrderCopy? {
    guard let shared else { return nil }
    let key = key(id)
    guard let bytes = await shared.get(key), let entry: Entry = try? personal.open(bytes, in: key),
      entry.order.id == id
    else { return nil }
    let copy = OrderCopy(order: entry.order, fetchedAt: entry.fetchedAt)
    let ours = copies.value(for: id, now: time.uptime)
    if ours.map({ $0.fetchedAt < copy.fetchedAt }) ?? true { keep(copy) }
    return isFresh(copy, at: time.now) ? copy : nil
  }

  private func share(_ copy: OrderCopy) async {
    guard let shared else { return }
    let key = key(copy.order.id)
    let entry = Entry(order: copy.order, fetchedAt: copy.fetchedAt)
    guard let bytes = try? personal.seal(entry, in: key) else { return }
    await shared.set(key, bytes, lifetime: staleLimit)
  }
}
