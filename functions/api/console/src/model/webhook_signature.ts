// Sign a test delivery as its sender would, for the signatures that need no library.

export const SIGNABLE = ['plain', 'github', 'token'];
const WORDS = new TextEncoder();

/** Return the headers of a delivery, signed now; `signature` is one of `SIGNABLE`. */
export async function signed(signature: string, secret: string, body: string): Promise<Record<string, string>> {
  if (signature === 'token') return { authorization: `Bearer ${secret}`, 'webhook-id': crypto.randomUUID() };
  if (signature === 'github') {
    return { 'x-hub-signature-256': `sha256=${hex(await hmac(WORDS.encode(secret), body))}` };
  }
  const [id, at] = [`msg_${crypto.randomUUID()}`, String(Math.floor(Date.now() / 1000))];
  const bytes = await hmac(keyOf(secret), `${id}.${at}.${body}`);
  return { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${btoa(String.fromCharCode(...bytes))}` };
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array> {
  const known = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', known, WORDS.encode(text)));
}

// Standard Webhooks has the key in base64, after `whsec_` or not; any other text is a key as it is.
function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (character) => character.charCodeAt(0));
  } catch {
    return WORDS.encode(secret);
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
