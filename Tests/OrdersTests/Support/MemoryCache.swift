import Cache
import Synchronization

/// What Redis would hold.
final class MemoryCache: SharedCache {
  private let state = Mutex<[String: [UInt8]]>([:])

  var entries: [String: [UInt8]] { state.withLock { $0 } }
  func change(_ body: ([String: [UInt8]]) -> [String: [UInt8]]) { state.withLock { $0 = body($0) } }

  func value(_ key: String) async -> [UInt8]? { entries[key] }
  func setValue(_ key: String, to value: [UInt8], for duration: Duration) async { state.withLock { $0[key] = value } }
}
