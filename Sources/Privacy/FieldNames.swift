import Core
import Synchronization

/// What a field's name says about its value.
enum FieldKind {
  case secret, person, phone, email
  case plain

  /// Programs use few names and use them for every line, so what was found is kept.
  private static let known = Mutex<[String: FieldKind]>([:])

  static func of(_ name: String) -> FieldKind {
    if let kind = known.withLock({ $0[name] }) { return kind }
    let kind = FieldKind(name: name)
    // Names that callers sent could be without end.
    known.withLock { if $0.count < 1_000 { $0[name] = kind } }
    return kind
  }

  private init(name: String) {
    let words = Self.words(of: name)
    let folded = words.joined(separator: "_")
    if Self.notSecret.contains(folded) {
      self = .plain
    } else if Self.secrets.contains(folded) || words.last.map(Self.secretEndings.contains) == true
      || folded.hasSuffix("api_key") || folded.hasSuffix("private_key") || folded.hasSuffix("access_key")
    {
      self = .secret
    } else if Self.phones.contains(folded) || folded.hasSuffix("phone") || folded.hasSuffix("phone_number") {
      self = .phone
    } else if Self.emails.contains(folded) || folded.hasSuffix("email") {
      self = .email
    } else if Self.persons.contains(folded) || Self.personEndings.contains(where: folded.hasSuffix) {
      self = .person
    } else {
      self = .plain
    }
  }

  private static let secrets: Set<String> = [
    "authorization", "proxy_authorization", "cookie", "set_cookie", "apikey", "pwd", "pin", "cvv", "cvc", "cvv2",
    "security_code", "credentials", "client_assertion", "session_id", "signature", "otp", "passphrase", "bearer",
    "signing_key", "encryption_key", "secret_key",
  ]
  private static let secretEndings: Set<String> = [
    "token", "secret", "password", "passwd", "cookie", "jwt", "assertion",
  ]
  /// Names of kinds and of counts, which end like secrets.
  private static let notSecret: Set<String> = ["subject_token_type", "requested_token_type"]
  private static let phones: Set<String> = [
    "tel", "telephone", "mobile", "cell", "msisdn", "ani", "dnis", "caller", "caller_id", "caller_number", "x_caller",
    "callback_number", "callback_numbers", "to_address", "phones", "phone_numbers",
  ]
  private static let emails: Set<String> = ["mail", "emails", "email_address", "email_addresses", "mail_to"]
  private static let persons: Set<String> = [
    "name", "customer", "recipient", "addressee", "cardholder", "card_holder", "address", "street", "city", "zip",
    "zipcode",
    "zip_code", "postcode", "postal_code", "postal_codes", "province", "dob", "date_of_birth", "birth_date", "birthday",
    "address1", "address2", "address_line1", "address_line2", "forename", "surname", "callback_user_name",
  ]
  private static let personEndings = [
    "first_name", "last_name", "full_name", "given_name", "family_name", "middle_name", "customer_name", "caller_name",
    "contact_name", "recipient_name", "holder_name", "billing_address", "shipping_address", "street_address",
    "delivery_address", "home_address", "postal_address",
  ]

  /// `X-Shopify-Access-Token`, `accessToken` and `access_token` are one name.
  private static func words(of name: String) -> [String] {
    var words: [[UInt8]] = [[]]
    var previousIsSmall = false
    for byte in name.utf8 {
      let isCapital = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      guard byte.isASCIILetter || byte.isDecimalDigit else {
        words.append([])
        previousIsSmall = false
        continue
      }
      if isCapital, previousIsSmall { words.append([]) }
      words[words.count - 1].append(isCapital ? byte | 0x20 : byte)
      previousIsSmall = !isCapital
    }
    return words.filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) }
  }
}
