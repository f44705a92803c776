extension String {
  /// Five groups of 8, 4, 4, 4 and 12 hexadecimal digits (RFC 9562, section 4), of any version and in either case.
  package var isUUID: Bool {
    let parts = utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(\.isHexDigit) }
  }
}
