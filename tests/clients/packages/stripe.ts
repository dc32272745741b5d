import Stripe from 'stripe';

type Call = { port: number; payload: string; signature: string };

export default async (call: Call, { secrets }: IsolambdaContext) => {
  const stripe = new Stripe(secrets.STRIPE_KEY, { host: 'localhost', port: call.port });
  const customer = await stripe.customers.create({ email: 'billie@example.com' });
  const refused = await stripe.customers
    .retrieve('cus_0')
    .catch(({ type, statusCode }) => [type, statusCode]);
  const verified = (payload: string) =>
    stripe.webhooks.constructEventAsync(payload, call.signature, secrets.WEBHOOK_KEY);
  const { type } = await verified(call.payload);
  const forged = await verified(`${call.payload} `).catch((error) => error.type);
  return { customer: customer.id, refused, type, forged, key: secrets.STRIPE_KEY.slice(0, 11) };
};
