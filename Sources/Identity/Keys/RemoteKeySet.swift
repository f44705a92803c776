import Core
import HTTPClient
import HTTPMessages
import Security
import Synchronization

/// The keys of an outside issuer, fetched from its `jwks_uri` and kept.
///
/// One fetch runs at a time and all who need it wait for it. There is one a minute at most, whatever is asked for. A fetch
/// that fails changes nothing: old keys stay.
final class RemoteKeySet: KeySource {
  private struct State {
    var keys: [String: VerificationKey]?
    var generation = 0
    /// On `uptime`.
    var staleAt: Duration = .zero
    var triedAt: Duration?
    var fetch: Task<Void, Never>?
  }

  /// What `Cache-Control` may ask for; without it, the default.
  static let cacheTimes: ClosedRange<Duration> = .seconds(60) ... .seconds(86_400)
  static let defaultCacheTime: Duration = .seconds(900)
  static let fetchInterval: Duration = .seconds(60)

  private let issuer: OutsideIssuer
  private let client: any HTTPRequesting
  private let time: any TimeSource
  private let state = Mutex(State())

  init(issuer: OutsideIssuer, client: any HTTPRequesting, time: any TimeSource) {
    self.issuer = issuer
    self.client = client
    self.time = time
  }

  var generation: Int { state.withLock { $0.generation } }

  /// Not once the keys are stale: a key that was withdrawn must be noticed even if the same tokens come again and again.
  func isCurrent(_ generation: Int) -> Bool {
    let uptime = time.uptime
    return state.withLock { $0.generation == generation && uptime < $0.staleAt }
  }

  func key(_ kid: String) async throws(KeySourceError) -> VerificationKey? {
    let uptime = time.uptime
    let (known, isFresh) = state.withLock { ($0.keys?[kid], uptime < $0.staleAt) }
    if let known, isFresh { return known }
    await refresh()
    return try state.withLock { (state) throws(KeySourceError) in
      guard let keys = state.keys else { throw .unavailable }
      return keys[kid]
    }
  }

  /// Waits for the fetch that runs, or starts one if the last is a minute ago.
  private func refresh() async {
    let uptime = time.uptime
    let fetch = state.withLock { state -> Task<Void, Never>? in
      if let fetch = state.fetch { return fetch }
      if let tried = state.triedAt, uptime - tried < Self.fetchInterval { return nil }
      state.triedAt = uptime
      let fetch = Task { await self.fetch() }
      state.fetch = fetch
      return fetch
    }
    await fetch?.value
  }

  private func fetch() async {
    let request = OutgoingRequest(
      .get, issuer.keysURL, headers: ["accept": "application/json"], timeout: .seconds(5), maximumBodySize: 256 << 10)
    let response = try? await client.send(request)
    let keys = response.flatMap { response in
      response.status == 200 ? JSONWebKeySet.parse(response.body, accepting: issuer.algorithms) : nil
    }
    let now = time.uptime
    state.withLock { state in
      state.fetch = nil
      guard let response, let keys else { return }
      state.staleAt = now + Self.cacheTime(response.headers)
      if !Self.same(state.keys, keys) { state.generation += 1 }
      state.keys = keys
    }
  }

  static func cacheTime(_ headers: Headers) -> Duration {
    let directives = headers.all("cache-control").flatMap { $0.lowercased().split(separator: ",") }
      .map { String($0.filter { $0 != " " }) }
    if directives.contains("no-store") || directives.contains("no-cache") { return cacheTimes.lowerBound }
    for directive in directives where directive.hasPrefix("max-age=") {
      guard let seconds = directive.dropFirst("max-age=".utf8.count).utf8.decimalNumber else { continue }
      return min(max(.seconds(min(seconds, 1 << 32)), cacheTimes.lowerBound), cacheTimes.upperBound)
    }
    return defaultCacheTime
  }

  private static func same(_ old: [String: VerificationKey]?, _ new: [String: VerificationKey]) -> Bool {
    old?.mapValues { $0.publicKey.thumbprint + $0.algorithm.rawValue }
      == new.mapValues { $0.publicKey.thumbprint + $0.algorithm.rawValue }
  }
}
