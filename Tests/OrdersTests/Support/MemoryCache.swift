import Cache
import Synchronization

/// What Redis would hold.
final class MemoryCache: SharedCache {
  private let state = Mutex<[String: [UInt8]]>([:])

  var entries: [String: [UInt8]] { state.withLock { $0 } }
  func change(_ body: ([String: [UInt8]]) -> [String: [UInt8]]) { state.withLock { $0 = body($0) } }

  func get(_ key: String) async -> [UInt8]? { entries[key] }
  func set(_ key: String, _ value: [UInt8], lifetime: Duration) async { state.withLock { $0[key] = value } }
  func delete(_ key: String) async { state.withLock { $0[key] = nil } }
}
