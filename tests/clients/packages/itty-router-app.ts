import { AutoRouter, cors, error, html, json, png, status, StatusError, withContent, type IRequest } from 'itty-router';

type Counters = { get(key: string): Promise<number>; increment(key: string): Promise<number> };
type Lasting = { waitUntil(promise: Promise<unknown>): void };

const { preflight, corsify } = cors({ origin: 'https://page.example.com', maxAge: 600 });
const router = AutoRouter<IRequest, [{ kv: Counters }, Lasting]>({
  base: '/http/:account/:path',
  before: [preflight],
  finally: [corsify],
});

router
  .get('/', () => 'itty!')
  .get('/posts/:id', ({ id, params, query }) => ({ id, same: params.id === id, page: query.page, tags: query.tag }))
  .post('/posts', withContent, ({ content }, env, ctx) => {
    ctx.waitUntil(env.kv.increment('posts'));
    return json(content, { status: 201, headers: { location: 'posts/1' } });
  })
  .get('/counted', (_, env) => env.kv.get('posts'))
  .post('/form', withContent, ({ content }) => [...content])
  .get('/page', ({ query }) => html(`<p>${query.name}</p>`))
  .put('/bytes', async (request) => png(await request.arrayBuffer()))
  .get('/gone', () => status(204))
  .get('/refused', () => error(403, 'refused'))
  .get('/failed', () => {
    throw new StatusError(409, { error: 'failed', field: 'name' });
  })
  .get('/thrown', () => {
    throw new Error('told to all');
  });

export default router;
