import Core
import FoundationEssentials
import Security
import Webhooks

extension WebhookSettings {
  /// The sources that have a secret or a key.
  ///
  /// - Throws: `CommandFailure` for a secret that cannot be one, and for a file that holds no public key.
  func inbox() throws -> WebhookInbox.Settings {
    let sources = try sources.map { source in
      let scheme = source.vendor.scheme(
        tolerance: tolerance, clientID: adobeClientID,
        genesys: GenesysScheme(keyHeader: genesys.keyHeader, user: genesys.user))
      var keys = try [(source.secret, "secret"), (source.oldSecret, "old_secret")].compactMap { secret, name in
        try secret.map { try Self.key($0, scheme, name: "webhooks.\(source.key).\(name)") }
      }
      if source.vendor == .genesys { keys += try shownKeys() }
      if source.vendor == .adobeIO { keys += try adobePublicKeyFiles.map(Self.publicKey) }
      return WebhookSource(name: source.vendor.rawValue, scheme: scheme, keys: keys, isEnabled: source.isEnabled)
    }
    return WebhookInbox.Settings(sources: sources, retention: retention, backlog: backlog)
  }

  /// - Throws: `CommandFailure` for a key that anybody could guess.
  private func shownKeys() throws(CommandFailure) -> [WebhookKey] {
    var keys: [WebhookKey] = []
    for (key, name) in [(genesys.key, "api_key"), (genesys.oldKey, "old_api_key")] {
      guard let bytes = key.map({ Array($0.reveal().utf8) }) else { continue }
      guard bytes.count >= Self.shortestShownKey else {
        throw CommandFailure(
          .configuration, "webhooks.genesys.\(name) has fewer than \(Self.shortestShownKey) characters.",
          "Make one with: openssl rand -hex 32")
      }
      keys.append(.shown(Redacted(bytes)))
    }
    return keys
  }

  private static let shortestShownKey = 16

  private static func key(
    _ secret: Redacted<String>, _ scheme: any SignatureScheme, name: String
  ) throws(CommandFailure) -> WebhookKey {
    guard let key = scheme.key(from: secret) else {
      throw CommandFailure(
        .configuration, "\(name) is empty or not written as this source writes its secrets.",
        "Copy it again from where the vendor shows it, with its whsec_ or whpk_ if it has one.")
    }
    return key
  }

  private static func publicKey(_ path: String) throws(CommandFailure) -> WebhookKey {
    guard let bytes = FileManager.default.contents(atPath: path),
      let key = try? PublicKey(pem: String(decoding: bytes, as: UTF8.self))
    else {
      throw CommandFailure(
        .configuration, "webhooks.adobe_io.public_key_files: \(path) cannot be read or holds no public key in PEM form."
      )
    }
    return .publicKey(key)
  }
}
