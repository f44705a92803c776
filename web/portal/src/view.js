// What a widget looks like. Each part is drawn again only when what it shows has changed.
import { css } from './assets.js';
import { Dialog } from './dialog.js';
import { el, focusOn, icon, put } from './dom.js';
import { code, empty, picture, skeleton, tierName, way } from './parts.js';

const TABS = ['rewards', 'receipts', 'history'];
const LONGEST_PRESS = 1000;
const SOON = 30 * 24 * 3600 * 1000;
let sheet;

export class View {
  constructor(widget, host) {
    this.widget = widget;
    this.shadow = host.shadowRoot || host.attachShadow({ mode: 'open' });
    if (!sheet) {
      sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
    }
    this.shadow.adoptedStyleSheets = [sheet];
    this.title = el('h2', { id: 'title' });
    this.spoken = el('p.hidden', { role: 'status' });
    this.notice = el('div.notice', { role: 'status' });
    this.summary = el('div.summary');
    this.tabs = el('div.tabs', { role: 'tablist' });
    this.panel = el('div.panel', { role: 'tabpanel', id: 'panel', tabindex: '-1' });
    this.dialog = new Dialog(widget, () => this.closed());
    // What is pressed must be there until it is let go, or it was no click: for that time nothing is drawn anew.
    const hold = () => {
      clearTimeout(this.press);
      this.press = setTimeout(free, LONGEST_PRESS);
    };
    const free = () => {
      clearTimeout(this.press);
      this.press = 0;
      widget.render();
    };
    this.root = el('section.root', {
      'aria-labelledby': 'title', onpointerdown: hold, onkeydown: ({ key }) => key === ' ' && hold(), onclick: free,
    },
      this.title, this.spoken, this.notice, this.summary, this.tabs, this.panel, this.dialog.node);
    this.shadow.append(this.root);
  }

  remove() {
    this.dialog.remove();
    this.shadow.replaceChildren();
    this.shadow.adoptedStyleSheets = [];
  }

  get asking() {
    return this.dialog.node.open;
  }

  ask() {
    this.dialog.open();
  }

  close() {
    this.dialog.node.close();
  }

  closed() {
    // The event comes late: the dialog may have been opened again before it.
    if (this.asking) return;
    const mark = this.dialog.mark;
    this.widget.leave();
    // The browser has given the focus back, unless what had it was drawn anew meanwhile.
    const given = this.shadow.activeElement && !this.dialog.node.contains(this.shadow.activeElement);
    if (mark && !given && !focusOn(this.panel, mark)) this.panel.focus({ preventScroll: true });
  }

  render() {
    if (this.press) return;
    const { widget } = this;
    const { t, account, phase, tab } = widget;
    const { theme } = widget.options;
    this.root.lang = t.locale;
    this.root.classList.toggle('dark', theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches));
    this.root.setAttribute('aria-busy', phase === 'loading');
    put(this.title, t.locale, () => t('title'));
    put(this.notice, JSON.stringify([t.locale, this.said()]), () => this.noticed());
    put(this.spoken, this.speech(), () => this.speech());
    const shown = phase === 'ready';
    const waiting = phase === 'loading' && !widget.trouble;
    this.summary.hidden = !(shown || waiting);
    this.tabs.hidden = !shown;
    put(this.summary, JSON.stringify([t.locale, account, waiting]), () => (shown ? this.balance() : skeleton('hero')));
    put(this.tabs, t.locale + tab, () => this.tabButtons());
    this.panel.setAttribute('role', shown ? 'tabpanel' : 'group');
    this.panel.setAttribute('aria-labelledby', shown ? 'tab-' + tab : 'title');
    this.panel.tabIndex = shown && tab !== 'rewards' ? 0 : -1;
    const what = shown ? (tab === 'rewards' ? widget.rewards : widget.lists[tab]) : [phase, widget.away, this.said()];
    put(this.panel, JSON.stringify([t.locale, tab, phase, what, shown && account.available]), () => this.content(waiting));
    this.dialog.render();
  }

  speech() {
    const { t, account, phase } = this.widget;
    if (phase === 'loading') return this.widget.trouble ? '' : t('loading');
    return account ? t('announce', { n: account.available }) : '';
  }

  /** What is wrong just now, most important first: [text's key, more, may the customer ask again]. */
  said() {
    const { widget } = this;
    const { wish, trouble, account, t } = widget;
    if (widget.phase === 'ended') return null;
    if (wish?.state === 'unclear' && !this.asking) return ['unclear_notice', { title: wish.reward.title }, 'ask'];
    if (widget.away) return ['offline'];
    if (trouble?.kind === 'busy') return ['busy_load', { time: t.time(widget.notBefore) }];
    if (trouble) return [trouble.kind === 'refused' ? 'forbidden' : 'network', {}, 'retry'];
    if (account?.freshness === 'stale') return ['stale', { time: t.time(account.as_of) }];
    return null;
  }

  noticed() {
    const { widget } = this;
    const said = this.said();
    if (!said || (!widget.account && said[2] !== 'ask')) return null;
    const [key, values, action] = said;
    const { t } = widget;
    const more = t(key + '_next', values);
    return [
      icon(key === 'offline' || key === 'network' ? 'cloud' : 'clock'),
      el('p', more && el('strong', t(key, values)), ' ', more || t(key, values)),
      action && el('button', { type: 'button', onclick: () => (action === 'ask' ? this.ask() : widget.refresh()) }, t(action === 'ask' ? 'again' : 'retry')),
    ];
  }

  balance() {
    const { account, t } = this.widget;
    const { available, balance, next_tier: next, expiring = [] } = account;
    const level = account.tier_name || account.tier;
    return [
      el('div.have',
        el('p.number', el('strong', t.number(available)), ' ', t('spend', { n: available })),
        balance > available && el('p', t('held', { total: balance, n: balance - available }))),
      el('div.way',
        level && el('p.level', el('span.hidden', t('tier') + ' '), level),
        next && way(next.progress, t('next', { n: next.points_to_go, tier: next.name || next.tier })),
        !next && level && el('p', t('top'))),
      expiring.length > 0 && el('ul.expiring', expiring.slice(0, 3).map(({ points, at }) =>
        el(Date.parse(at) - Date.now() < SOON ? 'li.soon' : 'li', icon('clock'), t('expiring', { n: points, date: t.date(at) })))),
    ];
  }

  tabButtons() {
    const { widget } = this;
    this.tabs.setAttribute('aria-label', widget.t('views'));
    return TABS.map((tab, index) => el('button', {
      type: 'button',
      role: 'tab',
      id: 'tab-' + tab,
      'data-key': 'tab-' + tab,
      'aria-selected': String(tab === widget.tab),
      'aria-controls': 'panel',
      tabindex: tab === widget.tab ? null : '-1',
      onclick: () => widget.show(tab),
      onkeydown: ({ key }) => {
        const step = { ArrowRight: 1, ArrowLeft: TABS.length - 1 }[key];
        const goal = key === 'Home' ? 0 : key === 'End' ? TABS.length - 1 : step && (index + step) % TABS.length;
        if (goal == null) return;
        widget.show(TABS[goal]);
        focusOn(this.tabs, 'tab-' + TABS[goal]);
      },
    }, widget.t(tab)));
  }

  content(waiting) {
    const { widget } = this;
    const { t, phase, tab, rewards } = widget;
    if (phase === 'ended') return empty('lock', t('ended'), t('ended_next'));
    if (waiting) return el('div.grid', ['tile', 'tile', 'tile'].map(skeleton));
    if (phase === 'loading') {
      const [key, values, action] = this.said();
      return empty(key === 'busy_load' ? 'clock' : 'cloud', t(key, values), t(key + '_next', values), action && [t('retry'), () => widget.refresh()]);
    }
    if (tab !== 'rewards') return this.rows(tab);
    if (!rewards.length) return empty('gift', t('no_rewards'), t('no_rewards_next'));
    return el('ul.grid', rewards.map((reward) => this.reward(reward)));
  }

  reward(reward) {
    const { widget } = this;
    const { t, account } = widget;
    const { title, point_cost: cost, stock_level: level, stock, why_not: why, reward_id: id } = reward;
    const price = t('points', { n: cost });
    const short = Math.max(cost - account.available, 0);
    const reason = why && t('not_' + why, { n: short, tier: tierName(account, reward.tier) });
    return el('li.reward', reward.redeemable ? {} : { tabindex: '-1', 'data-key': id },
      picture(reward, widget.options.apiUrl),
      el('div.about',
        el('h3', title),
        reward.description && el('p', reward.description),
        el('ul.facts',
          level === 'out'
            ? why !== 'out_of_stock' && el('li', t('stock_out'))
            : stock != null && (level === 'low' ? el('li.soon', t('stock_low', { n: stock })) : el('li', t('stock', { n: stock }))),
          reward.tier && why !== 'tier_too_low' && el('li', t('tier_only', { tier: tierName(account, reward.tier) })),
          reward.limit_left > 0 && el('li', t('limit_left', { n: reward.limit_left })),
          reward.available_until && el('li', t('until', { date: t.date(reward.available_until) })))),
      el('div.foot',
        el('p.cost', price),
        reward.redeemable
          ? el('button.primary', { type: 'button', 'data-key': id, onclick: () => widget.wishFor(reward) },
            t('redeem'), el('span.hidden', ' ' + t('redeem_what', { title, cost: price })))
          : why === 'insufficient_points' ? way(account.available / cost, reason) : el('p.why', reason)));
  }

  rows(tab) {
    const { widget } = this;
    const { t } = widget;
    const list = widget.lists[tab];
    if (!list || (list.busy && !list.rows.length)) return ['row', 'row', 'row'].map(skeleton);
    if (list.failed && !list.rows.length) return empty('cloud', t('network'), t('network_next'), [t('retry'), () => widget.list(tab)]);
    if (!list.rows.length) {
      return empty(tab === 'receipts' ? 'gift' : 'clock', t('no_' + tab), t(`no_${tab}_next`), [t('see_rewards'), () => {
        widget.show('rewards');
        focusOn(this.tabs, 'tab-rewards');
      }]);
    }
    return [
      el('ul.rows', list.rows.map((row) => (tab === 'receipts' ? receipt(t, row) : transaction(t, row)))),
      list.next && el('button.more', { type: 'button', 'data-key': 'more', onclick: () => widget.list(tab) }, t('more')),
    ];
  }
}

function receipt(t, row) {
  return el('li',
    el('div', el('strong', row.title), el('span.status.' + row.status, t(row.status))),
    el('div.small', el('span', t.moment(row.created_at)), el('span', t('points', { n: row.point_cost }))),
    row.code && code(t, row.code));
}

const TYPES = { capture: 'redemption', release: 'reversal' };

function transaction(t, row) {
  const spends = ['redemption', 'expiry', 'hold', 'capture', 'closure'].includes(row.type);
  const points = spends ? -Math.abs(row.points) : row.points;
  const type = t('type_' + (TYPES[row.type] || row.type)) || row.type;
  return el('li',
    el('div', el('strong', row.reason || type), el(points > 0 ? 'b.plus' : 'b', t.signed(points))),
    el('div.small', el('span', t.moment(row.created_at)), row.reason && el('span', type)));
}
