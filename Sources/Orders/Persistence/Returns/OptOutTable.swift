import Core
import Storage

/// The addresses that want to hear nothing, as keyed hashes.
struct OptOutTable: Sendable {
  let personal: PersonalData

  func insert(_ channel: NotificationChannel, _ address: String, now: Timestamp, in connection: any Connection) throws {
    try connection.execute(
      "INSERT INTO returns_opt_outs (address, created_at) VALUES ($1, $2) ON CONFLICT (address) DO NOTHING",
      [key(channel, address), now])
  }

  func delete(_ channel: NotificationChannel, _ address: String, in connection: any Connection) throws {
    try connection.execute("DELETE FROM returns_opt_outs WHERE address = $1", [key(channel, address)])
  }

  func contains(_ channel: NotificationChannel, _ address: String, in connection: any Connection) throws -> Bool {
    try !connection.query("SELECT 1 FROM returns_opt_outs WHERE address = $1", [key(channel, address)]).isEmpty
  }

  /// E-mail addresses are compared without regard to case, as people write them.
  private func key(_ channel: NotificationChannel, _ address: String) -> [UInt8] {
    personal.hash("\(channel.rawValue)/\(address.lowercased())")
  }
}
