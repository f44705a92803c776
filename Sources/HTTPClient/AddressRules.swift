import Glibc

/// Which addresses are of the public Internet: everything but the blocks of IANA's special-purpose registries (RFC 6890
/// and its successors), multicast, and IPv6 forms that carry an IPv4 address which is none.
enum AddressRules {
  private static let specialIPv4: [(first: UInt32, bits: UInt32)] = [
    (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12),
    (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16), (0xC612_0000, 15), (0xC633_6400, 24),
    (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
    // The metadata and host address of Azure, public by number only.
    (0xA83F_8110, 32),
  ]

  /// - Parameter address: a `sockaddr_in` or `sockaddr_in6`.
  static func isPublic(_ address: UnsafeRawBufferPointer, family: Int32) -> Bool {
    switch family {
    case AF_INET where address.count >= 8: isPublic(ipv4: address[4..<8])
    case AF_INET6 where address.count >= 24: isPublic(ipv6: Array(address.dropFirst(8).prefix(16)))
    default: false
    }
  }

  static func isPublic(ipv4 bytes: some Sequence<UInt8>) -> Bool {
    let address = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return !specialIPv4.contains { address >> (32 - $0.bits) == $0.first >> (32 - $0.bits) }
  }

  static func isPublic(ipv6 bytes: [UInt8]) -> Bool {
    guard bytes.count == 16 else { return false }
    // 64:ff9b::/96 translates to IPv4; 2002::/16 (6to4) carries one after its prefix.
    if bytes.starts(with: [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return isPublic(ipv4: bytes[12...]) }
    if bytes.starts(with: [0x20, 0x02]) { return isPublic(ipv4: bytes[2..<6]) }
    // Only 2000::/3 is given out; without 2001::/23 (protocol assignments, Teredo), 2001:db8::/32 and 3fff::/20
    // (documentation).
    guard bytes[0] & 0xE0 == 0x20 else { return false }
    if bytes[0] == 0x20, bytes[1] == 0x01, bytes[2] < 0x02 || bytes[2] == 0x0D && bytes[3] == 0xB8 { return false }
    return !(bytes[0] == 0x3F && bytes[1] == 0xFF && bytes[2] & 0xF0 == 0)
  }
}
