import COpenSSL
import Core

/// A key that signs. Holds the pair; the private part leaves only as `pem`.
package struct PrivateKey: Sendable {
  let handle: KeyHandle

  package var type: KeyType { handle.type }
  package var publicKey: PublicKey { PublicKey(handle: handle) }

  /// A new pair, from OpenSSL's own generator. RSA takes a tenth of a second and more: call it where blocking is allowed.
  ///
  /// - Parameter bits: of an RSA modulus.
  /// - Throws: `CryptographyError`.
  package static func generate(_ type: KeyType, bits: Int = 2_048) throws(CryptographyError) -> PrivateKey {
    let name =
      switch type {
      case .p256: "EC"
      case .rsa: "RSA"
      case .ed25519: "ED25519"
      }
    guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else { throw libraryFailure("no \(name)") }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_keygen_init(context) == 1 else { throw libraryFailure("no generator for \(name)") }
    let configured =
      switch type {
      case .p256: EVP_PKEY_CTX_set_group_name(context, "P-256") == 1
      case .rsa: EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1
      case .ed25519: true
      }
    var key: OpaquePointer?
    guard configured, EVP_PKEY_generate(context, &key) == 1, let key else {
      throw libraryFailure("\(name) key generation failed")
    }
    return PrivateKey(handle: try KeyHandle(owning: key))
  }

  private init(handle: KeyHandle) {
    self.handle = handle
  }

  /// Reads PKCS #8, or the older forms that OpenSSL knows, without a pass phrase.
  ///
  /// - Throws: `CryptographyError` for anything else, or a pair whose halves do not belong together.
  package init(pem: Redacted<String>) throws(CryptographyError) {
    // The BIO keeps the pointer, so it lives and dies inside the closure.
    let read = Array(pem.reveal().utf8).withUnsafeBufferPointer { text -> OpaquePointer? in
      guard let input = BIO_new_mem_buf(text.baseAddress, Int32(text.count)) else { return nil }
      defer { BIO_free(input) }
      return PEM_read_bio_PrivateKey(input, nil, noPassPhrase, nil)
    }
    guard let key = read else { throw libraryFailure("no private key in PEM form") }
    handle = try KeyHandle(owning: key)
    guard let context = EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { throw libraryFailure("no memory") }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_pairwise_check(context) == 1 else { throw libraryFailure("the halves of the key do not match") }
  }

  /// The Ed25519 pair of a secret of 32 bytes (RFC 8032, section 5.1.5), such as a derived key.
  ///
  /// - Throws: `CryptographyError.invalidInput` for a secret of another length.
  package init(ed25519Seed seed: Redacted<[UInt8]>) throws(CryptographyError) {
    let bytes = seed.reveal()
    guard bytes.count == 32, let key = EVP_PKEY_new_raw_private_key_ex(nil, "ED25519", nil, bytes, bytes.count) else {
      throw .invalidInput("the secret of an Ed25519 key has 32 bytes")
    }
    handle = try KeyHandle(owning: key)
  }

  /// PKCS #8 in PEM, not encrypted. Files that hold it have mode 0600; that is for the caller to see to.
  ///
  /// - Throws: `CryptographyError`.
  package func pem() throws(CryptographyError) -> Redacted<String> {
    guard let output = BIO_new(BIO_s_secmem()) else { throw libraryFailure("no memory") }
    defer { BIO_free(output) }
    guard PEM_write_bio_PrivateKey(output, handle.pointer, nil, nil, 0, nil, nil) == 1 else {
      throw libraryFailure("the key cannot be written")
    }
    var start: UnsafeMutablePointer<UInt8>?
    let length = BIO_ctrl(output, BIO_CTRL_INFO, 0, &start)
    guard length > 0, let start else { throw libraryFailure("the key cannot be written") }
    return Redacted(String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self))
  }

  /// - Throws: `CryptographyError.invalidInput` for an algorithm that the key is not for.
  package func sign(_ message: [UInt8], algorithm: SignatureAlgorithm) throws(CryptographyError) -> [UInt8] {
    guard algorithm.keyType == type else { throw .invalidInput("the key does not sign \(algorithm.rawValue)") }
    switch algorithm {
    case .es256:
      guard let raw = ECDSASignature.raw(fromDER: try sign(message) { _ in true }) else {
        throw libraryFailure("ES256 failed")
      }
      return raw
    case .rs256: return try sign(message, configure: usePKCS1)
    case .ps256: return try sign(message, configure: usePSS)
    case .edDSA: return try sign(message, digest: nil) { _ in true }
    }
  }

  private func sign(
    _ message: [UInt8], digest: String? = "SHA256", configure: (OpaquePointer?) -> Bool
  ) throws(CryptographyError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw libraryFailure("no memory") }
    defer { EVP_MD_CTX_free(context) }
    var parameters: OpaquePointer?
    var length = Int(EVP_PKEY_get_size(handle.pointer))
    var signature = [UInt8](repeating: 0, count: length)
    guard EVP_DigestSignInit_ex(context, &parameters, digest, nil, nil, handle.pointer, nil) == 1,
      configure(parameters), EVP_DigestSign(context, &signature, &length, message, message.count) == 1
    else { throw libraryFailure("signing failed") }
    return Array(signature.prefix(length))
  }
}

/// Without it OpenSSL would ask for a pass phrase on the terminal.
nonisolated func noPassPhrase(
  _: UnsafeMutablePointer<CChar>?, _: Int32, _: Int32, _: UnsafeMutableRawPointer?
) -> Int32 { -1 }
