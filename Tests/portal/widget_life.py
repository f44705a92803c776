"""What a widget shows and when it asks, from its start to its end."""
import json
import time

import case
import standin
from case import Case, of_the_stand_in


class Shown(Case):
    @of_the_stand_in
    def test_everything_is_there(self):
        soon = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() + 10 * 86400))
        self.shop(points=3200, held=1000, expiring=[{"points": 300, "at": soon}])
        token = self.portal.session()
        page = self.widget(token=token)
        summary = page.js("shown('.summary')")
        account = page.js(f"fetch('/v1/portal/account', {{headers: {{Authorization: 'Bearer {token}'}}}}).then((answer) => answer.json())")
        way = account["next_tier"]
        for words in ("3,200", "points to spend", "4,200 in all, 1,000 of them reserved", account["tier_name"], f"{way['points_to_go']:,} points to {way['name']}",
                      "300 points expire on"):
            self.assertIn(words, summary)
        grid = page.js("shown('.grid')")
        for words in ("Coffee for two", "At any of our cafés.", "2,500 points", "Only 12 left", "2 left for you", "100 in stock", "44,800 more points and it is yours"):
            self.assertIn(words, grid)
        self.assertEqual(2, page.js("all('.grid button').length"))
        self.assertAlmostEqual(way["progress"], page.js("q('.summary progress').value"), places=2)
        self.assertEqual("You have 3,200 points to spend.", page.js("q('p[role=status]').textContent"))
        self.assertEqual(["ready", "balance"], page.js("events.map(([type]) => type)"))
        # What the guide asks for: the server decides, the numbers in the address are hints.
        page.js("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait("performance.getEntriesByType('resource').some(({name}) => name.endsWith('/catalog?tier=" + account["tier"] + "&balance=3200'))")

    def test_the_sample_page(self):
        self.shop()
        page = self.page(query="session=" + self.portal.session())
        page.wait("shown('.grid').includes('Coffee for two')")
        page.wait("document.getElementById('events').innerText.includes('ready')")
        page.js("document.getElementById('locale').value = 'de'; document.getElementById('locale').dispatchEvent(new Event('change'))")
        page.wait("shown('.tabs').includes('Prämien')")

    def test_german(self):
        self.shop(points=3201)
        page = self.widget(locale="de-AT")
        text = page.wait("shown('.grid').includes('Cafés') && root().firstElementChild.innerText")
        for words in ("Ihre Prämien", "Punkte zum Einlösen", "Nur noch 12", "In jedem unserer Cafés."):
            self.assertIn(words, text)
        # Austria groups from five digits on; the browser knows.
        self.assertIn(page.js("new Intl.NumberFormat('de-AT').format(44799)") + " Punkte", text)
        self.assertEqual("de-AT", page.js("q('.root').lang"))
        page.js("widget.update({locale: 'en'})")
        page.wait("shown('.tabs').includes('Receipts')")

    def test_a_language_without_texts_is_english(self):
        self.shop()
        page = self.widget(locale="fi")
        self.assertIn("3,200", page.js("shown('.summary')"))
        self.assertEqual("en", page.js("q('.root').lang"))

    def test_hostile_texts_are_texts(self):
        evil = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>{n}"
        self.portal.customer()
        for number, address in enumerate(["javascript:window.hacked=1", "data:text/html,<script>window.hacked=1</script>", "http://insecure.example/a.png",
                                          "\" onerror=\"window.hacked=1", "//insecure.example@[", "/dev/portal/none.png", "https://127.0.0.1:1/a.png"]):
            self.portal.reward(f"RWD-<{number}>", evil, 100, description={"en": evil}, image_url=address, methods=["email", evil])
        page = self.widget()
        self.assertEqual(7, page.js("all('li.reward').length"))
        self.assertEqual(evil, page.js("q('h3').textContent"))
        page.click("q('.grid button')")
        page.wait("answer('Redeem for')")
        self.assertIn("<img src=x", page.js("shown('dialog')"))
        page.click("answer('Redeem for')")
        page.wait("answer('Done')")
        self.leave(page, "Done")
        page.click("button('Receipts')")
        page.wait("shown('.rows').includes('<img src=x')")
        self.assertIsNone(page.js("window.hacked ?? null"))
        self.assertEqual(0, page.js("root().querySelectorAll('script, [onerror], [style], iframe').length"))
        asked = {url.split("/")[2] for _, url, _ in page.requests}
        # The real program refuses such rewards, and has taken them without their pictures.
        pictures = {"127.0.0.1:1"} if case.PORTAL is standin.StandIn else set()
        self.assertEqual({self.portal.url.split("/")[2], *pictures}, asked)

    def test_empty_states_teach(self):
        self.portal.customer(points=0)
        page = self.widget()
        self.assertIn("No rewards just now", page.js("shown('.panel')"))
        for tab, words in (("Receipts", "Choose a reward"), ("History", "will be listed here")):
            page.click(f"button('{tab}')")
            page.wait(f"shown('.panel').includes('{words}')")
        page.click("button('See the rewards')")
        self.assertEqual("Rewards", page.wait("root().activeElement?.textContent"))

    @of_the_stand_in
    def test_pages_of_a_long_history(self):
        self.shop(points=30000)
        self.portal.reward("RWD-9", "Stamp", 1)
        page = self.widget()
        page.js("widget.destroy()")
        token = self.portal.session()
        for number in range(24):
            page.js(f"""fetch('/v1/portal/redeem', {{method: 'POST', headers: {{Authorization: 'Bearer {token}', 'Content-Type': 'application/json'}},
                body: JSON.stringify({{reward_id: 'RWD-9', point_cost: 1, fulfillment_method: 'email', idempotency_key: 'k{number}'}})}}).then((r) => r.status)""")
        page = self.widget()
        page.click("button('History')")
        page.wait("all('.rows li').length === 20")
        page.click("button('Show more')")
        page.wait("all('.rows li').length === 25 && !button('Show more')")


class Asking(Case):
    def test_it_waits_with_a_skeleton(self):
        self.shop()
        page = self.page()
        held = page.fault("/account", hold=True)
        self.widget(page, ready=False)
        page.wait("all('.skeleton').length > 2")
        self.assertEqual(["true", "Your rewards are being fetched …"], page.js("[q('.root').ariaBusy, q('p[role=status]').textContent]"))
        self.picture(page, "loading")
        page.release(held)
        page.wait("shown('.grid').includes('Coffee')")
        self.assertEqual("false", page.js("q('.root').ariaBusy"))

    def test_it_refreshes_by_itself(self):
        self.shop()
        page = self.widget(refreshInterval=5000)
        self.portal.change("RWD-1", stock=3)
        page.wait("shown('.grid').includes('Only 3 left')")

    def test_it_rests_while_hidden_and_looks_when_seen(self):
        self.shop()
        page = self.page()
        page.js("""window.timers = new Set(); const set = setTimeout; window.setTimeout = (f, ms) => { const id = set(() => { timers.delete(id); f(); }, ms);
            timers.add(id); return id; }; const clear = clearTimeout; window.clearTimeout = (id) => { timers.delete(id); clear(id); };""")
        self.widget(page, refreshInterval=30000)
        self.assertEqual(1, page.wait("timers.size"))
        page.js("Object.defineProperty(document, 'hidden', {value: true, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))")
        self.assertEqual(0, page.js("timers.size"))
        self.portal.change("RWD-1", stock=3)
        page.js("Object.defineProperty(document, 'hidden', {value: false}); document.dispatchEvent(new Event('visibilitychange'))")
        page.wait("shown('.grid').includes('Only 3 left')")

    def test_offline_and_back(self):
        self.shop()
        page = self.widget()
        page.offline()
        self.assertIn("You are offline", page.wait("shown('.notice')"))
        self.assertIn("Coffee for two", page.js("shown('.grid')"))
        self.picture(page, "offline")
        self.portal.change("RWD-1", stock=3)
        page.offline(False)
        page.wait("shown('.grid').includes('Only 3 left') && !shown('.notice')")
        self.assertEqual([1, 1], page.js("[told('offline').length, told('online').length]"))

    def test_an_answer_from_before_the_line_was_lost(self):
        self.shop()
        page = self.widget()
        held = page.fault("/catalog", after=True, hold=True)
        page.js("dispatchEvent(new Event('online'))")
        for _ in range(500):
            if held["held"]:
                break
            page.js("new Promise((done) => setTimeout(done, 20))")
        page.js("dispatchEvent(new Event('offline'))")
        self.portal.change("RWD-1", stock=3)
        page.release(held)
        page.js("new Promise((done) => setTimeout(done, 300))")
        self.assertIn("You are offline", page.js("shown('.notice')"))
        page.js("dispatchEvent(new Event('online'))")
        page.wait("shown('.grid').includes('Only 3 left') && !shown('.notice')")

    def test_a_server_that_cannot_be_reached(self):
        self.shop()
        page = self.page()
        page.fault("/account", times=2)
        self.widget(page, ready=False)
        self.assertIn("cannot be reached", page.wait("shown('.panel')"))
        self.picture(page, "unreachable")
        page.wait("shown('.grid').includes('Coffee for two')")
        self.assertEqual("network", page.js("told('error')[0][1].kind"))

    def test_try_now(self):
        self.shop()
        page = self.page()
        page.fault("/account")
        self.widget(page, ready=False)
        page.click("button('Try now')")
        page.wait("shown('.grid').includes('Coffee for two')")

    def test_a_busy_server_names_the_time(self):
        self.shop()
        page = self.page()
        page.fault("/catalog", status=503, Retry_After="4", body={"code": "ledger_unavailable"})
        self.widget(page, ready=False)
        page.wait("shown('.panel').includes('We ask again at')")
        self.assertIsNone(page.js("button('Try now') ?? null"))
        # Neither the network nor the customer's eyes make it ask before its time.
        asked = len(page.requests)
        page.js("dispatchEvent(new Event('online')); document.dispatchEvent(new Event('visibilitychange'))")
        self.assertEqual(asked, len(page.requests))
        page.wait("shown('.grid').includes('Coffee for two')")

    def test_a_refused_page_says_so_and_rests(self):
        self.shop()
        page = self.page()
        page.fault("/account", times=9, status=403)
        self.widget(page, ready=False)
        page.wait("shown('.panel').includes('cannot be shown')")

    def test_the_session_ends_and_is_renewed(self):
        self.shop()
        token = self.portal.session()
        page = self.widget(token=token)
        self.portal.end_session(token)
        page.js("dispatchEvent(new Event('online'))")
        page.wait("shown('.panel').includes('This session has ended')")
        self.assertNotIn("3,200", page.js("root().firstElementChild.innerText"))
        self.assertEqual(1, page.js("told('session_ended').length"))
        self.picture(page, "ended")
        page.js(f"widget.update({{sessionToken: '{self.portal.session()}'}})")
        page.wait("shown('.grid').includes('Coffee for two')")

    def test_the_focus_survives_a_refresh(self):
        self.shop()
        page = self.widget()
        page.js("card('Coffee for two').querySelector('button').focus()")
        self.portal.change("RWD-1", stock=3)
        page.js("dispatchEvent(new Event('online'))")
        page.wait("shown('.grid').includes('Only 3 left')")
        self.assertIn("Coffee for two", page.js("root().activeElement?.textContent"))


class Life(Case):
    def test_destroy_leaves_nothing(self):
        self.shop()
        page = self.page()
        page.js("""window.timers = new Set(); window.listeners = 0;
            const set = setTimeout; window.setTimeout = (f, ms) => { const id = set(() => { timers.delete(id); f(); }, ms); timers.add(id); return id; };
            const clear = clearTimeout; window.clearTimeout = (id) => { timers.delete(id); clear(id); };
            for (const target of [window, document, MediaQueryList.prototype]) {
              const add = target.addEventListener;
              target.addEventListener = function (type, f, options) {
                listeners++;
                options?.signal?.addEventListener('abort', () => listeners--);
                return add.call(this, type, f, options);
              };
            }
            window.interval = setInterval; window.setInterval = () => { throw new Error('interval'); };""")
        before = page.js("document.getElementById('loyalty-portal').outerHTML")
        self.widget(page, refreshInterval=5000)
        self.assertEqual([1, 4], page.js("[timers.size, listeners]"))
        page.fault("/redeem", times=2)
        self.confirm(page, "Coffee for two")
        page.wait("shown('dialog').includes('Asking again')")
        page.js("widget.destroy()")
        self.assertEqual([0, 0, before], page.js("[timers.size, listeners, document.getElementById('loyalty-portal').outerHTML]"))
        asked = len(page.requests)
        page.js("dispatchEvent(new Event('online')); document.dispatchEvent(new Event('visibilitychange')); widget.destroy(); widget.update({theme: 'dark'})")
        page.js("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.assertEqual(asked, len(page.requests))

    def test_two_on_one_page(self):
        self.shop()
        self.portal.customer("u-2", points=50)
        page = self.widget()
        page.js("document.querySelector('main').insertAdjacentElement('beforeend', Object.assign(document.createElement('div'), {id: 'second'}))")
        page.js(f"void (window.other = start({{sessionToken: '{self.portal.session('u-2')}', locale: 'de', theme: 'dark'}}, 'second'))")
        page.wait("shown('.summary', 'second').includes('50') && shown('.summary').includes('3,200')")
        page.js("other.destroy()")
        self.confirm(page, "Coffee for two")
        page.wait("answer('Done')")
        self.assertEqual(50, self.portal.available("u-2"))

    def test_from_another_origin(self):
        shop = standin.StandIn()
        self.addCleanup(shop.stop)
        self.portal.stop()
        self.portal = case.PORTAL(origins=[shop.url])
        self.addCleanup(self.portal.stop)
        shop.connect = self.portal.url
        self.shop()
        page = self.page(base=shop.url)
        self.widget(page, apiUrl=self.portal.url + "/v1/portal/")
        page.fault("/redeem", after=True)
        self.confirm(page, "Coffee for two")
        page.wait("answer('Done')")
        self.assertEqual((1, 700), (len(self.portal.receipts()), self.portal.available()))

    def test_an_origin_that_is_not_allowed(self):
        shop = standin.StandIn()
        self.addCleanup(shop.stop)
        shop.connect = self.portal.url
        self.shop()
        page = self.page(base=shop.url)
        self.widget(page, ready=False, apiUrl=self.portal.url + "/v1/portal")
        page.wait("shown('.panel').includes('cannot be reached')")

    def test_the_element(self):
        self.shop()
        page = self.page()
        page.js("""const node = document.createElement('ringback-rewards'); node.id = 'made'; document.querySelector('main').append(node);
            node.addEventListener('ringback-ready', () => events.push(['element', null])); node.setAttribute('api-url', '/v1/portal'); node.setAttribute('theme', 'dark');""")
        self.assertIsNone(page.js("document.getElementById('made').shadowRoot"))
        page.js(f"document.getElementById('made').setAttribute('session-token', '{self.portal.session()}')")
        page.wait("told('element').length && document.getElementById('made').shadowRoot.querySelector('.root.dark .grid')")
        page.js("document.getElementById('made').setAttribute('locale', 'de')")
        page.wait("document.getElementById('made').shadowRoot.querySelector('h2').textContent === 'Ihre Prämien'")
        page.js("const made = document.getElementById('made'); made.remove(); document.querySelector('main').append(made)")
        page.wait("document.getElementById('made').shadowRoot.querySelectorAll('h2').length === 1")
        page.js("document.getElementById('made').remove()")

    def test_mistakes_of_the_page_are_met_with_help(self):
        page = self.page()
        for options, words in (
                ({"oauthToken": "x"}, '"oauthToken" is refused'),
                ({}, '"sessionToken" is missing'),
                ({"sessionToken": "x", "apiUrl": None}, '"apiUrl" is missing'),
                ({"sessionToken": "x", "theme": "blue"}, '"theme" is one of light, dark, auto'),
                ({"sessionToken": "x", "container": "nowhere"}, 'there is no "nowhere"')):
            said = page.js(f"(() => {{ try {{ start({json.dumps(options)}); }} catch (error) {{ return error.message; }} }})()")
            self.assertIn(words, said)
        self.assertEqual(0, page.js("document.getElementById('loyalty-portal').childElementCount"))
        self.assertIn("sessionToken", page.js("document.getElementById('hint').textContent"))

    def test_the_guides_call_works_with_a_session(self):
        self.shop()
        page = self.widget(oauthToken="ignored", customerId="u-1", refreshInterval=30000)
        self.confirm(page, "Coffee for two")
        page.wait("answer('Done')")
        self.assertEqual("u-1", next(json.loads(body)["customer_hash"] for _, url, body in page.requests if url.endswith("/redeem")))

    def test_a_mistake_in_onevent_stops_nothing(self):
        self.shop()
        page = self.page()
        page.js(f"void (window.widget = start({{sessionToken: '{self.portal.session()}', onEvent() {{ throw new Error('mine'); }}}}))")
        page.wait("shown('.grid').includes('Coffee for two')")
