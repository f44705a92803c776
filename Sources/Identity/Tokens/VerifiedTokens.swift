import HTTPServer
import Synchronization

/// A token that was verified whole. What may change before it expires is asked again on each use.
final class VerifiedToken: Sendable {
  let caller: Caller
  let tokenID: String?
  /// Seconds since 1970 from which on it is refused.
  let refusedFrom: Int64
  /// Whose key signed it, and of which state of the keys that was.
  let source: any KeySource
  let generation: Int
  /// Nil for tokens of outside issuers, which cannot be revoked here.
  let own: AccessTokenClaims?

  init(
    caller: Caller, tokenID: String?, refusedFrom: Int64, source: any KeySource, generation: Int,
    own: AccessTokenClaims?
  ) {
    self.caller = caller
    self.tokenID = tokenID
    self.refusedFrom = refusedFrom
    self.source = source
    self.generation = generation
    self.own = own
  }
}

/// The latest verified tokens, by every byte of the header that they came in.
///
/// Two halves: when the young one is full it becomes the old one, and what nobody asks for again goes with the next turn.
/// Only tokens that verified get in, so nobody fills it with rubbish.
final class VerifiedTokens: Sendable {
  /// Compared whole; hashed by its last bytes alone, which are the signature and as good as random. Hashing 700 bytes
  /// would cost more than all the rest of a look-up.
  private struct Key: Hashable {
    let header: String

    func hash(into hasher: inout Hasher) {
      let hashed: Void? = header.utf8.withContiguousStorageIfAvailable { bytes in
        hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes).suffix(32)))
      }
      if hashed == nil { hasher.combine(header) }
    }
  }

  private struct State {
    var young: [Key: VerifiedToken] = [:]
    var old: [Key: VerifiedToken] = [:]
  }

  private let half: Int
  private let state = Mutex(State())

  init(capacity: Int) {
    half = max(1, capacity / 2)
  }

  func find(_ header: String) -> VerifiedToken? {
    let key = Key(header: header)
    return state.withLock { state in
      if let token = state.young[key] { return token }
      guard let token = state.old[key] else { return nil }
      insert(key, token, into: &state)
      return token
    }
  }

  func insert(_ header: String, _ token: VerifiedToken) {
    state.withLock { insert(Key(header: header), token, into: &$0) }
  }

  func remove(_ header: String) {
    state.withLock { state in
      state.young[Key(header: header)] = nil
      state.old[Key(header: header)] = nil
    }
  }

  var count: Int { state.withLock { $0.young.count + $0.old.count } }

  private func insert(_ key: Key, _ token: VerifiedToken, into state: inout State) {
    if state.young.count >= half {
      state.old = state.young
      state.young = [:]
    }
    state.young[key] = token
  }
}
