"""Shopify's ShopifyAPI, pointed at the sandbox by its shop URL or by its site setting."""

import json
import unittest
import urllib.error
import urllib.request

import pyactiveresource.connection
import shopify

import sandbox

VERSION = "2024-10"
CLIENT = {"client_id": "ringback-shopify-app", "client_secret": "shopify-secret", "grant_type": "client_credentials"}

LOOK_UP = """
query Order($query: String!) {
  orders(first: 5, query: $query) {
    nodes {
      id name displayFulfillmentStatus displayFinancialStatus
      totalPriceSet { shopMoney { amount currencyCode } }
      fulfillments(first: 5) { displayStatus trackingInfo { company number } }
      shippingAddress { zip phone }
    }
  }
}
"""

RETURNABLE = """
query Returnable($id: ID!) {
  returnableFulfillments(orderId: $id, first: 5) {
    edges { node { returnableFulfillmentLineItems(first: 5) {
      edges { node { quantity fulfillmentLineItem { id lineItem { sku } } } } } } }
  }
}
"""

REQUEST = """
mutation Request($input: ReturnRequestInput!) {
  returnRequest(input: $input) { return { id name status } userErrors { code field message } }
}
"""

APPROVE = """
mutation Approve($input: ReturnApproveRequestInput!) {
  returnApproveRequest(input: $input) { return { status order { returnStatus } } userErrors { code field message } }
}
"""


def token():
    """The library knows no client credentials; this is the call that Shopify's documentation shows."""
    request = urllib.request.Request(
        sandbox.url + "/shopify/admin/oauth/access_token", data=json.dumps(CLIENT).encode(),
        headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)["access_token"]


class Shopify(unittest.TestCase):
    def setUp(self):
        sandbox.reset()
        # 127.0.0.1 as a "shop" of the "domain" 0.0.1: the library always joins the two by a dot, and drops any path.
        shopify.Session.setup(protocol="http", myshopify_domain="0.0.1", port=sandbox.port())
        shopify.ShopifyResource.activate_session(shopify.Session("127", VERSION, token()))

    def tearDown(self):
        shopify.ShopifyResource.clear_session()

    def look_up(self, query):
        answer = json.loads(shopify.GraphQL().execute(LOOK_UP, {"query": query}, "Order"))
        return answer["data"]["orders"]["nodes"]

    def test_shop(self):
        self.assertEqual(shopify.Shop.current().name, "Ringback Sandbox")

    def test_graphql_look_up_by_name(self):
        order = self.look_up("name:ORD-839201")[0]
        self.assertEqual(order["displayFulfillmentStatus"], "FULFILLED")
        self.assertEqual(order["totalPriceSet"]["shopMoney"], {"amount": "129.9", "currencyCode": "EUR"})
        self.assertEqual(order["fulfillments"][0]["trackingInfo"][0]["company"], "DHL")
        self.assertEqual([one["name"] for one in self.look_up("name:ORD-839207")], ["ORD-8392071", "ORD-839207"])

    def test_graphql_error(self):
        answer = json.loads(shopify.GraphQL().execute("{ orders(first: 1) { nodes { nothing } } }"))
        self.assertEqual(answer["errors"][0]["extensions"]["code"], "undefinedField")

    def test_graphql_is_throttled(self):
        sandbox.call("PUT", "/_limits", {"shopify_points": 20, "shopify_points_per_second": 1})
        sandbox.fault("shopify", latency_ms=1)
        seen = [json.loads(shopify.GraphQL().execute("{ orders(first: 10) { nodes { id } } }")) for _ in range(2)]
        self.assertIn("data", seen[0])
        self.assertEqual(seen[1]["errors"][0]["extensions"]["code"], "THROTTLED")

    def graphql(self, query, **variables):
        return json.loads(shopify.GraphQL().execute(query, variables))["data"]

    def test_graphql_return_is_requested_and_approved(self):
        order = self.look_up("name:ORD-839201")[0]["id"]
        parcel = self.graphql(RETURNABLE, id=order)["returnableFulfillments"]["edges"][0]["node"]
        lines = [edge["node"] for edge in parcel["returnableFulfillmentLineItems"]["edges"]]
        self.assertEqual(
            [(line["fulfillmentLineItem"]["lineItem"]["sku"], line["quantity"]) for line in lines],
            [("SKU-12345", 1), ("SKU-20871", 2)])
        item = {"fulfillmentLineItemId": lines[1]["fulfillmentLineItem"]["id"], "quantity": 2, "returnReason": "DEFECTIVE"}
        wanted = {"orderId": order, "returnLineItems": [item]}
        made = self.graphql(REQUEST, input=wanted)["returnRequest"]
        self.assertEqual((made["userErrors"], made["return"]["status"]), ([], "REQUESTED"))
        self.assertEqual(made["return"]["name"], "ORD-839201-R1")
        twice = self.graphql(REQUEST, input=wanted)["returnRequest"]
        self.assertIsNone(twice["return"])
        self.assertEqual(twice["userErrors"][0]["code"], "INVALID")
        approved = self.graphql(APPROVE, input={"id": made["return"]["id"]})["returnApproveRequest"]
        self.assertEqual(approved["return"], {"status": "OPEN", "order": {"returnStatus": "IN_PROGRESS"}})
        again = self.graphql(APPROVE, input={"id": made["return"]["id"]})["returnApproveRequest"]
        self.assertEqual(again["userErrors"][0]["code"], "INVALID_STATE")

    def test_rest_look_up(self):
        found = shopify.Order.find(name="ORD-839203", status="any")
        self.assertEqual([order.name for order in found], ["ORD-839203"])
        self.assertEqual(found[0].fulfillments[0].shipment_status, "delivered")
        self.assertEqual(found[0].line_items[0].sku, "SKU-41190")
        order = shopify.Order.find(found[0].id)
        self.assertEqual((order.total_price, order.currency), ("64.95", "EUR"))
        self.assertEqual(shopify.Order.find(name="ORD-839203"), [], "archived orders are no open ones")
        self.assertGreaterEqual(shopify.Order.count(status="any"), 12)

    def test_rest_errors(self):
        with self.assertRaises(pyactiveresource.connection.ResourceNotFound):
            shopify.Order.find(1)
        shopify.ShopifyResource.headers["X-Shopify-Access-Token"] = "shpat_wrong"
        with self.assertRaises(pyactiveresource.connection.UnauthorizedAccess):
            shopify.Shop.current()

    def test_rest_rate_limit(self):
        sandbox.call("PUT", "/_limits", {"shopify_calls": 2, "shopify_calls_per_second": 1})
        with self.assertRaises(pyactiveresource.connection.ClientError) as caught:
            for _ in range(5):
                shopify.Shop.current()
        self.assertEqual(caught.exception.response.code, 429)

    def test_site_with_the_path_of_the_sandbox(self):
        access_token = token()
        shopify.ShopifyResource.clear_session()
        shopify.ShopifyResource.site = f"{sandbox.url}/shopify/admin/api/{VERSION}"
        shopify.ShopifyResource.headers["X-Shopify-Access-Token"] = access_token
        self.assertEqual(shopify.Shop.current().myshopify_domain, "ringback-sandbox.myshopify.com")
        self.assertEqual(self.look_up("name:ORD-839202")[0]["displayFulfillmentStatus"], "IN_PROGRESS")
        self.assertTrue(all("/shopify/admin/" in entry["path"] for entry in sandbox.journal("shopify")[-2:]))
