// The two ways in: `LoyaltyWidget.init({…})` and `<ringback-rewards>`.
import { Widget } from './widget.js';

function find(container) {
  if (container instanceof Element) return container;
  const node = document.getElementById(container) || document.querySelector(container);
  if (!node) throw new TypeError(`LoyaltyWidget: there is no "${container}". "container" is an id, a selector or an element.`);
  return node;
}

function init({ container, ...options }) {
  const host = document.createElement('div');
  const place = find(container);
  const widget = new Widget(host, options);
  place.append(host);
  return {
    update: (changes) => widget.update(changes),
    destroy() {
      widget.destroy();
      host.remove();
    },
  };
}

const ATTRIBUTES = ['api-url', 'session-token', 'customer-id', 'refresh-interval', 'locale', 'theme'];

const optionOf = (attribute) => attribute.replace(/-./, ([, letter]) => letter.toUpperCase());

/** Its events come as `ringback-ready`, `ringback-balance` and so on. It is empty until it has `api-url` and `session-token`. */
class RewardsElement extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  connectedCallback() {
    if (this.widget || !this.getAttribute('api-url') || !this.getAttribute('session-token')) return;
    const options = { onEvent: (type, detail) => this.dispatchEvent(new CustomEvent('ringback-' + type, { detail, bubbles: true })) };
    for (const name of ATTRIBUTES) if (this.hasAttribute(name)) options[optionOf(name)] = this.getAttribute(name);
    this.widget = new Widget(this, options);
  }

  disconnectedCallback() {
    this.widget?.destroy();
    this.widget = null;
  }

  attributeChangedCallback(name, before, now) {
    if (this.widget && now != null && now !== before) this.widget.update({ [optionOf(name)]: now });
    else if (this.isConnected) this.connectedCallback();
  }
}

window.LoyaltyWidget = Object.freeze({ init });
if (!customElements.get('ringback-rewards')) customElements.define('ringback-rewards', RewardsElement);
