import COpenSSL
import Core

/// A key that verifies signatures: EC P-256, RSA or Ed25519.
package struct PublicKey: Sendable {
  let handle: KeyHandle

  package var type: KeyType { handle.type }

  init(handle: KeyHandle) {
    self.handle = handle
  }

  /// Reads a `SubjectPublicKeyInfo` in PEM form: `-----BEGIN PUBLIC KEY-----`.
  ///
  /// - Throws: `CryptographyError` for anything else, or a key of another kind.
  package init(pem: String) throws(CryptographyError) {
    // The BIO keeps the pointer, so it lives and dies inside the closure.
    let read = Array(pem.utf8).withUnsafeBufferPointer { text -> OpaquePointer? in
      guard let input = BIO_new_mem_buf(text.baseAddress, Int32(text.count)) else { return nil }
      defer { BIO_free(input) }
      return PEM_read_bio_PUBKEY(input, nil, noPassPhrase, nil)
    }
    guard let key = read else { throw libraryFailure("no public key in PEM form") }
    handle = try KeyHandle(owning: key)
  }

  /// Whether `signature` is one of `message` by this key. False for an algorithm that the key is not for, and for every
  /// form of signature but the one the algorithm has.
  package func verifies(_ signature: [UInt8], of message: [UInt8], algorithm: SignatureAlgorithm) -> Bool {
    guard algorithm.keyType == type else { return false }
    defer { ERR_clear_error() }
    switch algorithm {
    case .es256:
      guard let encoded = ECDSASignature.der(fromRaw: signature) else { return false }
      return verify(encoded, of: message) { _ in true }
    case .rs256:
      return verify(signature, of: message, configure: usePKCS1)
    case .ps256:
      return verify(signature, of: message, configure: usePSS)
    case .edDSA:
      return signature.count == 64 && verify(signature, of: message, digest: nil) { _ in true }
    }
  }

  private func verify(
    _ signature: [UInt8], of message: [UInt8], digest: String? = "SHA256", configure: (OpaquePointer?) -> Bool
  ) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer { EVP_MD_CTX_free(context) }
    var parameters: OpaquePointer?
    guard EVP_DigestVerifyInit_ex(context, &parameters, digest, nil, nil, handle.pointer, nil) == 1,
      configure(parameters)
    else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}

func usePKCS1(_ parameters: OpaquePointer?) -> Bool {
  EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PADDING) == 1
}

/// The salt is as long as the digest, on both sides (RFC 7518, section 3.5).
func usePSS(_ parameters: OpaquePointer?) -> Bool {
  EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
    && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
}

/// The two forms of an ECDSA signature on P-256: r ‖ s in tokens (IEEE P1363), DER in OpenSSL.
enum ECDSASignature {
  /// Nil unless 64 bytes with neither half zero.
  static func der(fromRaw raw: [UInt8]) -> [UInt8]? {
    guard raw.count == 64, raw.prefix(32).contains(where: { $0 != 0 }), raw.suffix(32).contains(where: { $0 != 0 })
    else { return nil }
    guard let signature = ECDSA_SIG_new() else { return nil }
    defer { ECDSA_SIG_free(signature) }
    guard let r = BN_bin2bn(Array(raw.prefix(32)), 32, nil) else { return nil }
    guard let s = BN_bin2bn(Array(raw.suffix(32)), 32, nil), ECDSA_SIG_set0(signature, r, s) == 1 else {
      BN_free(r)
      return nil
    }
    var output: UnsafeMutablePointer<UInt8>?
    let length = i2d_ECDSA_SIG(signature, &output)
    guard length > 0, let output else { return nil }
    defer { CRYPTO_free(output, nil, 0) }
    return Array(UnsafeBufferPointer(start: output, count: Int(length)))
  }

  static func raw(fromDER der: [UInt8]) -> [UInt8]? {
    der.withUnsafeBufferPointer { der in
      var next = der.baseAddress
      guard let signature = d2i_ECDSA_SIG(nil, &next, der.count) else { return nil }
      defer { ECDSA_SIG_free(signature) }
      var raw = [UInt8](repeating: 0, count: 64)
      let written = raw.withUnsafeMutableBufferPointer { raw in
        BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw.baseAddress, 32) == 32
          && BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw.baseAddress! + 32, 32) == 32
      }
      return written ? raw : nil
    }
  }
}
