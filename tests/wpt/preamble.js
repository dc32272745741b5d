// What stands around the scripts of a test. `call` is {url, search, files, timeout_ms, is_idl, has_base};
// `scripts` runs all of them in one scope. Returns a promise of {error, tests: [[name, status, message], …]}.
async (call, scripts) => {
  const { setTimeout, Promise } = globalThis;
  const define = (name, value) =>
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });

  if (typeof self === 'undefined') define('self', globalThis);
  const isNot = () => false;
  define('GLOBAL', { isWindow: isNot, isWorker: isNot, isShadowRealm: isNot });
  const origin = 'https://web-platform.test';
  define('location', {
    origin, protocol: 'https:', host: 'web-platform.test', pathname: call.url, search: call.search, hash: '',
    href: `${origin}${call.url}${call.search}`, toString() { return this.href; },
  });
  // A page has an address, which what it asks for is relative to.
  const resolve = (input) => input instanceof Request ? input : new URL(input, location.href).href;
  if (call.has_base) {
    define('Request', new Proxy(Request, {
      construct: (target, [input, ...rest], newTarget) => Reflect.construct(target, [resolve(input), ...rest], newTarget),
    }));
  }
  // Tests fetch their data, which is in `files`.
  const { fetch: ours } = globalThis;
  define('fetch', (input, ...rest) => {
    if (rest.length === 0 && typeof input === 'string' && Object.hasOwn(call.files, input)) {
      return Promise.resolve(new Response(Uint8Array.fromBase64(call.files[input])));
    }
    return ours(call.has_base && URL.canParse(input, location.href) ? resolve(input) : input, ...rest);
  });

  let error = '';
  try {
    scripts();
  } catch (thrown) {
    error = `the file threw ${thrown}`;
  }
  if (typeof add_completion_callback === 'undefined') return { error, tests: [] };
  // The harness asks what kind of global this is at the start, and tests of interfaces ask it later.
  if (call.is_idl) {
    define('DedicatedWorkerGlobalScope', class { static [Symbol.hasInstance](value) { return value === globalThis; } });
  }
  const { timeout } = globalThis;
  setTimeout(() => timeout(), error ? 1000 : call.timeout_ms);
  return new Promise((resolve) => add_completion_callback((tests, harness) => {
    if (harness.status === harness.ERROR) error ||= `the harness: ${harness.message}`;
    resolve({
      error,
      tests: tests.map((test) => [test.name, test.format_status(), String(test.message ?? '').slice(0, 300)]),
    });
  }));
}
