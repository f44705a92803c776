// One wish for one reward, from the question to the receipt.
import { backoff, call, pause, uuid } from './api.js';

const TRIES = 3;
const LONGEST_WAIT = 20000;

/** The states: `confirm`, `sending`, `waiting` (asks again by itself), `unclear` and `busy` (the customer may ask again), `refused`, `done`. */
export class Redemption {
  constructor(reward) {
    this.reward = reward;
    this.chosen = reward.fulfillment_methods?.[0];
    this.state = 'confirm';
    this.notBefore = 0;
  }

  get running() {
    return this.state === 'sending' || this.state === 'waiting';
  }

  /** Not settled: the server may have booked it. */
  get isOpen() {
    return this.running || this.state === 'unclear';
  }

  /**
   * Asks until there is an answer. The body, and with it the key, is made once: an answer that was lost is asked for again, and the
   * server gives the first one. `changed` is called at each step.
   */
  async send(options, signal, changed) {
    if (this.running || this.receipt) return;
    this.body ||= {
      ...(options.customerId && { customer_hash: options.customerId }),
      reward_id: this.reward.reward_id,
      point_cost: this.reward.point_cost,
      fulfillment_method: this.chosen,
      idempotency_key: uuid(),
    };
    const become = (state) => {
      this.state = state;
      changed();
    };
    become('sending');
    for (let tries = 1; ; tries++) {
      await pause(this.notBefore - Date.now(), signal);
      try {
        this.receipt = await call(options, '/redeem', signal, this.body);
        return become('done');
      } catch (failure) {
        this.failure = failure;
        if (failure.kind === 'stopped') return;
        if (failure.kind === 'refused') return become('refused');
        if (failure.kind === 'ended') return become(this.lost ? 'unclear' : 'refused');
        this.lost ||= failure.kind === 'network';
        const wait = failure.wait ?? backoff(tries - 1);
        this.notBefore = Date.now() + (failure.wait == null ? 0 : wait);
        if (tries === TRIES || wait > LONGEST_WAIT) return become(this.lost ? 'unclear' : 'busy');
        become('waiting');
        if (failure.wait == null) await pause(wait, signal);
      }
    }
  }
}
