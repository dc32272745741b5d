import { errors, generateKeyPair, jwtVerify, SignJWT } from 'jose';

type Call = { key: string; claims: { iss: string; exp: number } };

const signed = ({ claims }: Call, alg: string, key: CryptoKey | Uint8Array) =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(key);

export default async (call: Call) => {
  const secret = new TextEncoder().encode(call.key);
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const token = await signed(call, 'HS256', secret);
  const { payload } = await jwtVerify(token, secret, { issuer: call.claims.iss });
  const { protectedHeader } = await jwtVerify(await signed(call, 'ES256', privateKey), publicKey);
  const forged = await signed(call, 'ES256', (await generateKeyPair('ES256')).privateKey);
  const refused = await jwtVerify(forged, publicKey).catch((error: errors.JOSEError) => error.code);
  return { token, payload, protectedHeader, refused };
};
