import Core

struct CommercetoolsSettings: Sendable {
  var region: String
  var apiURL: String?
  var authURL: String?
  var projectKey: String?
  var clientID: String?
  var clientSecret: Redacted<String>?
  var scope: String?
  var returnWindowDays: Int?
  var locale: String

  init(from reader: inout SettingsReader) {
    region = reader.value(
      "commercetools.region", .text, default: "europe-west1.gcp",
      "The region of the project, such as us-central1.gcp or eu-central-1.aws.")
    apiURL = reader.optional(
      "commercetools.api_url", .url,
      "Where the API is, if not at https://api.{region}.commercetools.com: for a gateway or the sandbox.")
    authURL = reader.optional(
      "commercetools.auth_url", .url, "Where tokens are, if not at https://auth.{region}.commercetools.com.")
    projectKey = reader.optional("commercetools.project_key", .text, "The key of the project.")
    clientID = reader.optional("commercetools.client_id", .text, "The id of the API client.")
    clientSecret = reader.secret("commercetools.client_secret", "The secret of the API client.")
    scope = reader.optional(
      "commercetools.scope", .text,
      "The scope that is asked for; manage_orders:{project_key} if not set. view_orders:{project_key} takes no returns."
    )
    returnWindowDays = reader.optional(
      "commercetools.return_window_days", .number(0...3_650),
      "Days after the last delivery in which a return may be asked for.")
    locale = reader.value(
      "commercetools.locale", .text, default: "en", "The language in which products are named, such as de or de-AT.")
  }

  /// What is missing for the platform to be asked.
  func check(_ reader: inout SettingsReader) {
    let because = "orders.platform \"commercetools\""
    reader.require(projectKey, "commercetools.project_key", because: because, example: "northwind")
    reader.require(clientID, "commercetools.client_id", because: because, example: "the id of the API client")
  }
}
