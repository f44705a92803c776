import COpenSSL

/// Owns an `EVP_PKEY`.
final class KeyHandle: Sendable {
  /// Never changed after `init`. OpenSSL lets any number of threads use one key in contexts of their own.
  nonisolated(unsafe) let pointer: OpaquePointer
  let type: KeyType

  /// Takes over `pointer`.
  ///
  /// - Throws: `CryptographyError.invalidInput` for another curve, a short modulus or an exponent that is not sane.
  init(owning pointer: OpaquePointer) throws(CryptographyError) {
    self.pointer = pointer
    guard let type = Self.type(of: pointer) else {
      throw .invalidInput("the key is none of EC P-256, RSA from 2,048 bits with an odd exponent from 65,537, Ed25519")
    }
    self.type = type
  }

  deinit { EVP_PKEY_free(pointer) }

  private static func type(of pointer: OpaquePointer) -> KeyType? {
    if EVP_PKEY_is_a(pointer, "ED25519") == 1 { return .ed25519 }
    if EVP_PKEY_is_a(pointer, "EC") == 1 {
      var name = [CChar](repeating: 0, count: 32)
      var length = 0
      guard EVP_PKEY_get_group_name(pointer, &name, name.count, &length) == 1 else { return nil }
      let group = String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      return group == "prime256v1" || group == "P-256" ? .p256 : nil
    }
    // FIPS 186-5 asks for 2^16 < e < 2^256, odd; more than 64 bits has no use and makes verification slow. More than
    // 8,192 bits of modulus is a way to make us work, not a key.
    guard EVP_PKEY_is_a(pointer, "RSA") == 1, (2_048...8_192).contains(EVP_PKEY_get_bits(pointer)),
      let exponent = bigNumber(OSSL_PKEY_PARAM_RSA_E, of: pointer), exponent.count <= 8,
      exponent.last.map({ $0 & 1 }) == 1,
      exponent.reduce(UInt64(0), { $0 << 8 | UInt64($1) }) >= 65_537
    else { return nil }
    return .rsa
  }

  /// A number of the key in big-endian bytes, without leading zeros or padded to `length`.
  static func bigNumber(_ name: String, of key: OpaquePointer, length: Int? = nil) -> [UInt8]? {
    var number: OpaquePointer?
    guard EVP_PKEY_get_bn_param(key, name, &number) == 1, let number else { return nil }
    defer { BN_clear_free(number) }
    let count = length ?? Int(BN_num_bits(number) + 7) / 8
    var bytes = [UInt8](repeating: 0, count: count)
    return BN_bn2binpad(number, &bytes, Int32(count)) == count ? bytes : nil
  }
}

/// The error that OpenSSL left on this thread, as its own text, and an empty queue.
func libraryFailure(_ what: String) -> CryptographyError {
  let code = ERR_get_error()
  ERR_clear_error()
  guard code != 0, let reason = ERR_reason_error_string(code) else { return .library(what) }
  return .library("\(what): \(String(cString: reason))")
}
