import Core
import FoundationEssentials
import Security

/// How this room keeps what names a person: sealed where it is read back, as a keyed hash where it is only compared.
struct PersonalData: Sendable {
  private let sealer: Sealer
  private let hashKey: Redacted<[UInt8]>

  init(sealer: Sealer, hashKey: Redacted<[UInt8]>) {
    self.sealer = sealer
    self.hashKey = hashKey
  }

  /// - Parameter place: table, row and column that the value belongs to.
  func seal(_ value: some Encodable, in place: String) throws -> [UInt8] {
    try sealer.seal([UInt8](JSONEncoder().encode(value)), in: place)
  }

  func open<Value: Decodable>(_ sealed: [UInt8], as type: Value.Type = Value.self, in place: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(sealer.open(sealed, in: place)))
  }

  func hash(_ text: String) -> [UInt8] { HMACSHA256.code(for: Array(text.utf8), key: hashKey.reveal()) }
}
