// Calls of the portal. A call answers JSON or throws a `Failure` whose kind says what to do about it.

const TIME_LIMIT = 15000;

/**
 * `ended`: the session is over. `busy`: ask again after `wait` ms. `refused`: final, see `problem.code`. `network`: no answer, or one that
 * does not say whether it was done. `stopped`: nobody waits any more.
 */
export class Failure extends Error {
  constructor(kind, status, problem, wait) {
    super(kind);
    Object.assign(this, { kind, status, problem: problem || {}, wait });
  }
}

/** Time that grows with each try, spread so that many browsers do not come back in the same moment. In ms. */
export function backoff(tries) {
  return Math.min(1000 * 2 ** tries, 60000) * (1 + Math.random() / 2);
}

export async function call(options, path, signal, body) {
  if (signal.aborted) throw new Failure('stopped');
  const abort = new AbortController();
  const stop = () => abort.abort();
  const timer = setTimeout(stop, TIME_LIMIT);
  signal.addEventListener('abort', stop);
  try {
    const answer = await fetch(options.apiUrl + path, {
      method: body ? 'POST' : 'GET',
      headers: {
        Authorization: 'Bearer ' + options.sessionToken,
        'Accept-Language': options.locale,
        ...(body && { 'Content-Type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: abort.signal,
    });
    if (answer.ok) return await answer.json();
    throw failure(answer, await answer.json().catch(() => ({})));
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(signal.aborted ? 'stopped' : 'network');
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function failure(answer, problem) {
  const { status } = answer;
  const after = retryAfter(answer.headers.get('Retry-After'));
  if (status === 401) return new Failure('ended', status, problem);
  // A 409 that asks to wait: the same key is being worked on at this moment.
  if (status === 429 || status === 503 || (status === 409 && after > 0)) {
    return new Failure('busy', status, problem, after == null ? backoff(2) : after + Math.random() * (1000 + after / 4));
  }
  return new Failure(status < 500 ? 'refused' : 'network', status, problem);
}

/** Seconds or a date (RFC 9110, 10.2.3), in ms from now. */
function retryAfter(text) {
  if (!text) return null;
  const after = /^\d+$/.test(text) ? text * 1000 : Date.parse(text) - Date.now();
  return after >= 0 ? after : 0;
}

/** 128 random bits. `randomUUID` is there only in secure contexts. */
export function uuid() {
  return crypto.randomUUID?.() || [...crypto.getRandomValues(new Uint8Array(16))].join('-');
}

/** Ends early, without an error, when `signal` is aborted. */
export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(done, Math.max(ms, 0));
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
