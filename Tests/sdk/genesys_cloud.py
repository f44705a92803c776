"""Genesys Cloud's PureCloudPlatformClientV2, pointed at the sandbox by its gateway setting."""

import json
import time
import unittest
from datetime import datetime, timedelta, timezone

import PureCloudPlatformClientV2 as genesys
from PureCloudPlatformClientV2.rest import ApiException

import sandbox

CLIENT = ("7b1f0f6e-3c55-4a58-9b53-6d3f3f1f5a10", "genesys-secret")
QUEUE = "11111111-2222-3333-4444-555555555555"


def client(login="genesys/login", api="genesys"):
    """A client with the gateway's two path prefixes; the SDK appends /oauth/token and /api/v2/…."""
    client = genesys.api_client.ApiClient()
    client.set_gateway(sandbox.host(), "http", sandbox.port(), login, api)
    return client


def conversations():
    return genesys.ConversationsApi(client().get_client_credentials_token(*CLIENT))


def text(to="+4930123456701", body="Your order has shipped."):
    request = genesys.SendAgentlessOutboundMessageRequest()
    request.from_address = "+4930999999"
    request.to_address = to
    request.to_address_messenger_type = "sms"
    request.text_body = body
    return request


class GenesysCloud(unittest.TestCase):
    def setUp(self):
        sandbox.reset()

    def test_signs_in_with_every_gateway_prefix(self):
        for login, api in (("genesys/login", "genesys"), ("/genesys/", "/genesys/"), (None, None)):
            with self.subTest(login=login):
                signed_in = client(login, api).get_client_credentials_token(*CLIENT)
                self.assertTrue(signed_in.access_token)
                with self.assertRaises(ApiException) as caught:
                    genesys.ConversationsApi(signed_in).get_conversation(QUEUE)
                self.assertEqual(caught.exception.status, 404)

    def test_wrong_secret(self):
        with self.assertRaises(ApiException) as caught:
            client().get_client_credentials_token(CLIENT[0], "wrong")
        self.assertEqual(caught.exception.status, 401)
        self.assertEqual(json.loads(caught.exception.body)["error"], "invalid_client")

    def test_callback_life(self):
        api = conversations()
        command = genesys.CreateCallbackCommand()
        command.queue_id = QUEUE
        command.callback_numbers = ["+4930123456701"]
        command.callback_user_name = "Alex Morgan"
        command.callback_scheduled_time = datetime.now(timezone.utc) + timedelta(hours=1)
        command.validate_callback_numbers = True
        command.data = {"ringback_ref": "cb_1"}
        made = api.post_conversations_callbacks(command)
        self.assertEqual(made.callback_identifiers[0].type, "ACD")
        identifier = made.conversation.id

        read = api.get_conversations_callback(identifier)
        customer = next(one for one in read.participants if one.purpose == "customer")
        self.assertEqual(customer.callback_numbers, ["+4930123456701"])
        self.assertEqual(customer.attributes, {"ringback_ref": "cb_1"})
        self.assertEqual(next(one for one in read.participants if one.purpose == "acd").queue.id, QUEUE)

        moved = genesys.PatchCallbackRequest()
        moved.conversation_id = identifier
        moved.callback_scheduled_time = datetime.now(timezone.utc) + timedelta(hours=2)
        self.assertEqual(api.patch_conversations_callbacks(moved).conversation.id, identifier)

        state = genesys.MediaParticipantRequest()
        state.state = "disconnected"
        ended = api.patch_conversations_callback(identifier, state)
        self.assertEqual(ended.participants[0].callbacks[0].state, "disconnected")
        self.assertEqual([item["kind"] for item in sandbox.inbox()], ["callback"])

    def test_callback_without_queue_is_an_error_body(self):
        command = genesys.CreateCallbackCommand()
        command.callback_numbers = ["+4930123456701"]
        with self.assertRaises(ApiException) as caught:
            conversations().post_conversations_callbacks(command)
        body = json.loads(caught.exception.body)
        self.assertEqual((caught.exception.status, body["status"], body["code"]), (400, 400, "bad.request"))
        self.assertEqual(body["details"][0]["fieldName"], "queueId")
        headers = {name.lower(): value for name, value in caught.exception.headers.items()}
        self.assertEqual(headers["inin-correlation-id"], body["contextId"])
        parsed = genesys.api_client.ApiClient()._ApiClient__deserialize(body, "ErrorBody")
        self.assertEqual(parsed.context_id, body["contextId"])

    def test_agentless_text_until_it_is_delivered(self):
        api = conversations()
        sent = api.post_conversations_messages_agentless(text())
        self.assertEqual(sent.messenger_type, "sms")
        self.assertEqual(sent.message.status, "queued")
        seen = []
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and "delivery-success" not in seen:
            status = api.get_conversations_message_details(sent.id).status
            if status not in seen:
                seen.append(status)
            time.sleep(0.2)
        self.assertEqual(seen, ["queued", "sent", "delivery-success"])
        details = api.get_conversations_message_details(sent.id)
        self.assertTrue(details.normalized_receipts[-1].is_final_receipt)
        self.assertEqual(details.conversation_id, sent.conversation_id)
        messages = api.get_conversations_message(sent.conversation_id).participants[0].messages
        self.assertEqual(messages[0].message_status, "delivery-success")
        self.assertEqual(sandbox.inbox()[0]["body"], "Your order has shipped.")

    def test_text_to_who_opted_out(self):
        api = conversations()
        sent = api.post_conversations_messages_agentless(text("+4930123450002"))
        deadline = time.monotonic() + 10
        while api.get_conversations_message_details(sent.id).status == "queued" and time.monotonic() < deadline:
            time.sleep(0.2)
        details = api.get_conversations_message_details(sent.id)
        self.assertEqual(details.status, "failed")
        self.assertEqual(details.normalized_receipts[-1].reasons[0].code, "RecipientOptedOut")

    def test_agentless_mail(self):
        mail = genesys.AgentlessEmailSendRequestDto()
        mail.sender_type = "Outbound"
        mail.from_address = {"email": "shop@example.com"}
        mail.to_addresses = [{"email": "alex.morgan@example.com"}]
        mail.subject = "Your order"
        mail.text_body = "It is on its way."
        self.assertTrue(conversations().post_conversations_emails_agentless(mail).date_created)
        self.assertEqual([item["kind"] for item in sandbox.inbox()], ["email"])

    def test_an_external_contact_is_written_back_with_a_custom_field(self):
        api = genesys.ExternalContactsApi(client().get_client_credentials_token(*CLIENT))
        contact = genesys.ExternalContact()
        contact.first_name, contact.last_name, contact.survey_opt_out = "Alex", "Morgan", True
        made = api.post_externalcontacts_contacts(contact)
        self.assertTrue(made.create_date)
        made.schema = {"id": QUEUE, "version": 1}
        made.custom_fields = {"rma_status_text": "requested"}
        api.put_externalcontacts_contact(made.id, made)
        read = api.get_externalcontacts_contact(made.id)
        self.assertEqual((read.first_name, read.survey_opt_out), ("Alex", True))
        self.assertEqual(read.custom_fields, {"rma_status_text": "requested"})

    def test_a_call_that_is_over(self):
        api = conversations()
        call = sandbox.call("POST", "/_genesys/conversations", {"number": "+4930123456701"})
        self.assertEqual(api.get_conversation(call["id"]).participants[0].calls[0].state, "connected")
        sandbox.call("POST", f"/_genesys/conversations/{call['id']}/end")
        self.assertTrue(api.get_conversation(call["id"]).end_time)
        state = genesys.SetRecordingState()
        state.recording_state = "ACTIVE"
        with self.assertRaises(ApiException) as caught:
            api.patch_conversation_recordingstate(call["id"], state)
        self.assertEqual(caught.exception.status, 409)

    def test_attributes_recording_and_search(self):
        api = conversations()
        sent = api.post_conversations_messages_agentless(text())
        conversation = api.get_conversation(sent.conversation_id)
        attributes = genesys.ParticipantAttributes()
        attributes.attributes = {"ringback_ref": "ret_1"}
        api.patch_conversation_participant_attributes(conversation.id, conversation.participants[0].id, attributes)
        state = genesys.SetRecordingState()
        state.recording_state = "PAUSED"
        api.patch_conversation_recordingstate(conversation.id, state)
        read = api.get_conversation(conversation.id)
        self.assertEqual(read.participants[0].attributes, {"ringback_ref": "ret_1"})
        self.assertTrue(read.secure_pause)

        criteria = genesys.ConversationParticipantSearchCriteria()
        criteria.type = "EXACT"
        criteria.fields = ["conversationId"]
        criteria.value = conversation.id
        search = genesys.ConversationParticipantSearchRequest()
        search.query = [criteria]
        deadline = time.monotonic() + 10
        found = api.post_conversations_participants_attributes_search(search)
        while not found.results and time.monotonic() < deadline:
            time.sleep(0.2)
            found = api.post_conversations_participants_attributes_search(search)
        self.assertEqual(
            [one["participantAttributes"] for one in found.results[0]["participantData"]], [{"ringback_ref": "ret_1"}])

        criteria.fields = ["participantData.ringback_ref"]
        with self.assertRaises(ApiException) as caught:
            api.post_conversations_participants_attributes_search(search)
        self.assertEqual(json.loads(caught.exception.body)["message"], "Search not supported.")

    def test_rate_limit(self):
        sandbox.call("PUT", "/_limits", {"genesys_requests_per_minute": 3})
        api = conversations()
        for _ in range(3):
            with self.assertRaises(ApiException) as caught:
                api.get_conversation(QUEUE)
            self.assertEqual(caught.exception.status, 404)
        # The SDK's transport, urllib3, would wait out Retry-After and ask again: up to a minute.
        api.api_client.get_http_client().rest_client.pool_manager.connection_pool_kw["retries"] = False
        api.api_client.get_http_client().rest_client.pool_manager.clear()
        with self.assertRaises(ApiException) as caught:
            api.get_conversation(QUEUE)
        self.assertEqual(caught.exception.status, 429)
        headers = {name.lower(): value for name, value in caught.exception.headers.items()}
        self.assertTrue(1 <= int(headers["retry-after"]) <= 60)
        self.assertEqual(headers["inin-ratelimit-allowed"], "3")
        self.assertEqual(json.loads(caught.exception.body)["code"], "too.many.requests.retry.after")

    def test_fault_reaches_the_sdk(self):
        api = conversations()
        sandbox.fault("genesys", status=500, for_requests=1)
        with self.assertRaises(ApiException) as caught:
            api.get_conversation(QUEUE)
        self.assertEqual(caught.exception.status, 500)
        self.assertEqual(sandbox.journal("genesys")[-1]["headers"]["authorization"], "Bearer [masked]")

    def test_the_sdk_waits_as_retry_after_says(self):
        api = conversations()
        sandbox.fault("genesys", status=429, retry_after=1, for_requests=1)
        began = time.monotonic()
        api.post_conversations_messages_agentless(text())
        self.assertGreaterEqual(time.monotonic() - began, 0.9)
        self.assertEqual([entry["status"] for entry in sandbox.journal("genesys")[-2:]], [429, 202])
        self.assertEqual(len(sandbox.inbox()), 1)

    def test_the_sdk_repeats_a_text_whose_answer_was_lost(self):
        # No fault of the sandbox: the SDK's transport repeats a POST on a lost connection, and the text goes out twice.
        # This is what `lose_answer` is there to show.
        api = conversations()
        sandbox.fault("genesys", lose_answer=True, for_requests=1)
        api.post_conversations_messages_agentless(text())
        self.assertEqual(len(sandbox.inbox()), 2)
