// What one widget knows and when it asks: the state is here, what it looks like in view.js.
import { backoff, call } from './api.js';
import { Redemption } from './redemption.js';
import { texts } from './texts.js';
import { View } from './view.js';

const THEMES = ['light', 'dark', 'auto'];
const SHORTEST_INTERVAL = 5000;
// A browser takes a wait that does not fit into 31 bits for none.
const LONGEST_INTERVAL = 3600000;

export class Widget {
  constructor(host, options) {
    this.options = {};
    this.life = new AbortController();
    this.epoch = 0;
    this.away = false;
    this.tab = 'rewards';
    this.configure(options);
    this.restart();
    this.view = new View(this, host);
    const { signal } = this.life;
    const listen = (target, type, action) => target.addEventListener(type, action, { signal });
    listen(window, 'offline', () => this.setOffline(true));
    listen(window, 'online', () => {
      this.setOffline(false);
      if (this.wish?.state === 'unclear' && this.view.asking) this.ask();
      this.refresh();
    });
    listen(document, 'visibilitychange', () => (document.hidden ? clearTimeout(this.timer) : this.refresh()));
    listen(matchMedia('(prefers-color-scheme: dark)'), 'change', () => this.render());
    this.render();
    this.refresh();
  }

  update(options) {
    if (this.life.signal.aborted) return;
    const before = this.options;
    this.configure(options);
    const now = this.options;
    const other = now.apiUrl !== before.apiUrl || now.customerId !== before.customerId;
    const renewed = now.sessionToken !== before.sessionToken;
    // A new token may be another customer's: an open wish outlives it only where the page says that it is the same one.
    if (other || (renewed && !now.customerId)) this.drop();
    if (other) this.restart();
    if (renewed && this.phase === 'ended') this.restart();
    if (renewed) this.notBefore = 0;
    this.render();
    if (other || renewed || now.locale !== before.locale) this.refresh();
    else this.plan(now.refreshInterval);
  }

  destroy() {
    this.life.abort();
    clearTimeout(this.timer);
    this.view.remove();
  }

  configure(changes) {
    const options = { theme: 'auto', refreshInterval: 30000, ...this.options, ...changes };
    const wrong = (what) => {
      throw new TypeError('LoyaltyWidget: ' + what);
    };
    if (!options.sessionToken) {
      wrong((options.oauthToken ? '"oauthToken" is refused: with it, whoever reads this page could act for your whole organisation. ' : '') +
        '"sessionToken" is missing; your server gets it from POST /v1/portal/sessions: one customer, a few minutes.');
    }
    delete options.oauthToken;
    if (!options.apiUrl) wrong('"apiUrl" is missing, like "https://points.example.com/v1/portal".');
    if (!THEMES.includes(options.theme)) wrong(`"theme" is one of ${THEMES.join(', ')}.`);
    const interval = Number(options.refreshInterval) || 0;
    options.refreshInterval = interval && Math.max(interval, SHORTEST_INTERVAL);
    options.apiUrl = new URL(options.apiUrl, location.href).href.replace(/\/+$/, '');
    options.locale ||= document.documentElement.lang || navigator.language;
    this.t = texts(options.locale);
    this.options = options;
  }

  /** Forgets what was shown. */
  restart() {
    this.phase = 'loading';
    this.account = this.rewards = this.trouble = null;
    this.lists = {};
    this.notBefore = this.failures = 0;
  }

  emit(type, detail = {}) {
    try {
      this.options.onEvent?.(type, detail);
    } catch (error) {
      console.error(error); // The page's own mistake must not stop the widget.
    }
  }

  render() {
    if (!this.life.signal.aborted) this.view.render();
  }

  get(path) {
    return call(this.options, path, this.life.signal);
  }

  /** Asks for what is shown. The youngest request counts; what an older one answers is dropped. */
  async refresh() {
    clearTimeout(this.timer);
    if (this.life.signal.aborted || this.phase === 'ended') return;
    if (Date.now() < this.notBefore) return this.plan(this.notBefore - Date.now());
    const epoch = ++this.epoch;
    const { account, away } = this;
    const hints = account ? `?tier=${encodeURIComponent(account.tier || '')}&balance=${account.available}` : '';
    try {
      const [now, catalog] = await Promise.all([this.get('/account'), this.get('/catalog' + hints)]);
      if (epoch !== this.epoch) return;
      const first = this.phase !== 'ready';
      this.phase = 'ready';
      this.trouble = null;
      this.failures = 0;
      // What was asked before the line was lost does not say that it is back.
      if (away) this.setOffline(false);
      this.rewards = catalog.rewards;
      if (first) this.emit('ready');
      this.setAccount(now);
      if (this.tab !== 'rewards' && !this.lists[this.tab]) this.list(this.tab);
      this.plan(this.options.refreshInterval);
    } catch (failure) {
      if (epoch === this.epoch) this.failed(failure);
    }
    this.render();
  }

  failed(failure) {
    if (failure.kind === 'stopped') return;
    if (failure.kind === 'ended') return this.end();
    const wait = failure.wait ?? backoff(++this.failures);
    this.trouble = failure;
    this.notBefore = failure.wait ? Date.now() + wait : 0;
    if (failure.kind === 'network' && !navigator.onLine) this.setOffline(true);
    this.emit('error', { kind: failure.kind || 'network', status: failure.status, code: failure.problem?.code });
    // What is refused now is refused the next time too.
    if (failure.kind !== 'refused') this.plan(wait);
  }

  plan(wait) {
    clearTimeout(this.timer);
    if (wait && !document.hidden && this.phase !== 'ended') this.timer = setTimeout(() => this.refresh(), Math.min(wait, LONGEST_INTERVAL));
  }

  setAccount(now) {
    const before = this.account;
    this.account = { ...before, ...now };
    if (before?.available === now.available && before.balance === now.balance) return;
    this.lists = {};
    const { balance, available, tier, balance_version } = this.account;
    this.emit('balance', { balance, available, tier, balance_version });
  }

  setOffline(offline) {
    if (this.away === offline) return;
    this.away = offline;
    this.emit(offline ? 'offline' : 'online');
    this.render();
  }

  end() {
    if (this.phase === 'ended') return;
    this.epoch++;
    this.restart();
    this.phase = 'ended';
    clearTimeout(this.timer);
    this.view.close();
    this.emit('session_ended');
    this.render();
  }

  show(tab) {
    this.tab = tab;
    this.render();
    if (tab !== 'rewards' && !this.lists[tab]) this.list(tab);
  }

  /** Fetches a page of the receipts or of the history: the first, or the one after those that are there. */
  async list(tab) {
    const list = (this.lists[tab] ||= { rows: [] });
    if (list.busy) return;
    list.busy = true;
    list.failed = false;
    this.render();
    try {
      const page = await this.get(`/${tab}${list.next ? '?cursor=' + encodeURIComponent(list.next) : ''}`);
      list.rows = [...list.rows, ...page[tab]];
      list.next = page.next_cursor;
    } catch (failure) {
      list.failed = failure.kind;
      if (failure.kind === 'ended') this.end();
    }
    list.busy = false;
    this.render();
  }

  /** Opens the question for a reward, or the one that has had no answer yet: the same wish keeps its key. */
  wishFor(reward) {
    if (!this.wish?.isOpen) this.wish = new Redemption(reward);
    this.view.ask();
  }

  async ask() {
    const { wish } = this;
    await wish.send(this.options, this.life.signal, () => this.render());
    if (this.life.signal.aborted || wish !== this.wish) return;
    const { receipt, failure } = wish;
    if (receipt) {
      this.epoch++;
      const { balance, available, balance_version, receipt_id, reward_id, point_cost, status } = receipt;
      this.emit('redeemed', { receipt_id, reward_id, point_cost, status });
      this.setAccount({ balance, available, balance_version });
      this.lists = {};
    } else if (failure?.kind === 'ended') {
      return this.end();
    } else if (failure) {
      this.emit('error', { kind: failure.kind, status: failure.status, code: failure.problem.code });
    }
    if (!receipt && wish.state !== 'refused') return;
    this.view.ask();
    this.refresh();
  }

  /** The dialog was closed: what is settled is forgotten, what is not stays to be asked again. */
  leave() {
    if (!this.wish?.isOpen) this.wish = null;
    this.render();
  }

  drop() {
    this.wish = null;
    this.view.close();
  }
}
