import Core
import GenesysCloud

struct GenesysSettings: Sendable {
  var region: String
  var apiURL: String?
  var loginURL: String?
  var clientID: String?
  var clientSecret: Redacted<String>?
  var queueID: String?
  var smsFrom: String?
  var emailFrom: String?
  var emailFromName: String?
  var attributes: [String]
  var flows: [String]
  var customerAttribute: String
  var contact: ContactSettings

  /// The custom fields of external contacts.
  struct ContactSettings: Sendable {
    var schemaID: String?
    var schemaVersion: Int
    var returnRequestID: String
    var rmaStatus: String
    var returnCreatedAt: String
  }

  init(from reader: inout SettingsReader) {
    region = reader.value(
      "genesys.region", .text, default: "mypurecloud.com", "The domain of the region, such as mypurecloud.ie.")
    apiURL = reader.optional(
      "genesys.api_url", .url, "Where the API is, if not at https://api.{region}: for a gateway or the sandbox.")
    loginURL = reader.optional("genesys.login_url", .url, "Where tokens are, if not at https://login.{region}.")
    clientID = reader.optional("genesys.client_id", .text, "A client of the client-credentials grant.")
    clientSecret = reader.secret("genesys.client_secret", "Its secret.")
    queueID = reader.optional("genesys.queue_id", .text, "The queue that call-backs go to.")
    smsFrom = reader.optional("genesys.sms_from", .text, "The number that texts are sent from, in E.164.")
    emailFrom = reader.optional(
      "genesys.email_from", .text, "The address that e-mails are sent from, of a domain for agentless e-mails.")
    emailFromName = reader.optional("genesys.email_from_name", .text, "The name beside it.")
    attributes = Self.attributes(from: &reader)
    flows = reader.list(
      "genesys.flows", .text, "Architect flow files whose attributes are held against genesys.attributes at the start.")
    customerAttribute = reader.value(
      "genesys.customer_attribute", .text, default: "user_id",
      "The participant attribute in which flows put the shop's id of a customer.")
    contact = ContactSettings(from: &reader)
  }

  /// Also read alone, by `ringback call`.
  static func attributes(from reader: inout SettingsReader) -> [String] {
    let key = "genesys.attributes"
    let attributes = reader.list(
      key, .text, default: AttributeRules.standard, "The names that participant attributes may have.")
    for name in attributes where AttributeRules.isPersonal(name) {
      reader.refuse(
        key, "\(key) has \"\(name)\", which is named like card or personal data; attributes are kept for years.")
    }
    for name in AttributeRules.own where !attributes.contains(name) {
      reader.refuse(key, "\(key) leaves out \"\(name)\", which Ringback writes itself.")
    }
    return attributes
  }
}

extension GenesysSettings.ContactSettings {
  init(from reader: inout SettingsReader) {
    schemaID = reader.optional(
      "genesys.contact.schema_id", .text, "The schema for external contacts that have none; without it they stay so.")
    schemaVersion = reader.value(
      "genesys.contact.schema_version", .number(1...1_000_000), default: 1, "The version of that schema.")
    let fields = GenesysClient.ContactFields()
    returnRequestID = reader.value(
      "genesys.contact.return_request_id", .text, default: fields.returnRequestID,
      "The custom field for the id of a return.")
    rmaStatus = reader.value(
      "genesys.contact.rma_status", .text, default: fields.rmaStatus, "The custom field for its state.")
    returnCreatedAt = reader.value(
      "genesys.contact.return_created_at", .text, default: fields.returnCreatedAt,
      "The custom field for when it was asked for.")
  }
}

extension GenesysSettings {
  /// - Throws: `CommandFailure` for a region that there is not.
  func connector() throws -> GenesysClient.Configuration {
    let hosts: GenesysHosts
    if let apiURL {
      hosts = GenesysHosts(api: apiURL, login: loginURL ?? apiURL)
    } else if let known = GenesysHosts(region: region) {
      hosts = known
    } else {
      let guess = nearestNameHint(for: region, among: GenesysHosts.regions)
      throw CommandFailure(.configuration, "genesys.region \"\(region)\" is no region of Genesys Cloud.\(guess)")
    }
    var connector = GenesysClient.Configuration(hosts: hosts, callbackQueueID: queueID ?? "", smsFrom: smsFrom ?? "")
    connector.emailFrom = emailFrom
    connector.emailFromName = emailFromName
    connector.attributes = AttributeRules(allowed: attributes)
    connector.customerAttribute = customerAttribute
    connector.contactFields.returnRequestID = contact.returnRequestID
    connector.contactFields.rmaStatus = contact.rmaStatus
    connector.contactFields.returnCreatedAt = contact.returnCreatedAt
    connector.contactFields.schema = contact.schemaID.map { .init(id: $0, version: contact.schemaVersion) }
    return connector
  }
}
