import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import { html } from 'hono/html';
import { HTTPException } from 'hono/http-exception';
import { stream, streamText } from 'hono/streaming';

type Counters = { get(key: string): Promise<number>; increment(key: string): Promise<number> };

const app = new Hono<{ Bindings: { kv: Counters } }>({ strict: false }).basePath('/http/:account/:path');

app.use('/posts/*', async (c, next) => {
  await next();
  c.header('x-middleware', 'after');
});
app.use('/open', cors({ origin: 'https://page.example.com', maxAge: 600 }));
app.use('/tagged', etag());

app.get('/', (c) => c.text('Hono!'));
app.get('/posts/:id', (c) => c.json({ id: c.req.param('id'), page: c.req.query('page'), tags: c.req.queries('tag') }));
app.post('/posts', async (c) => {
  c.executionCtx.waitUntil(c.env.kv.increment('posts'));
  return c.json(await c.req.json(), 201, { location: 'posts/1' });
});
app.get('/counted', async (c) => c.json(await c.env.kv.get('posts')));
app.post('/form', async (c) => c.json(await c.req.parseBody({ all: true })));
app.post('/file', async (c) => {
  const { file } = await c.req.parseBody<{ file: File }>();
  return c.json([file.name, file.type, await file.text()]);
});
app.get('/page', (c) => c.html(html`<p>${c.req.query('name')}</p>`));
app.put('/bytes', async (c) => c.body(await c.req.arrayBuffer(), 200, { 'content-type': 'image/png' }));
app.get('/stream', (c) => stream(c, async (out) => {
  await out.write(new Uint8Array([0, 255]));
  await out.pipe(new Blob(['piped']).stream());
}));
app.get('/lines', (c) => streamText(c, async (out) => {
  await out.writeln('one');
  await out.sleep(1);
  await out.writeln('two');
}));
app.get('/piped', (c) => {
  const { readable, writable } = new TransformStream();
  c.executionCtx.waitUntil(new Blob(['piped']).stream().pipeTo(writable));
  return c.body(readable);
});
app.get('/open', (c) => c.text('open'));
app.get('/tagged', (c) => c.text('tagged'));
app.get('/away', (c) => c.redirect('https://example.com/'));
app.get('/refused', () => {
  throw new HTTPException(403, { message: 'refused' });
});
app.get('/thrown', () => {
  throw new Error('for the owner');
});

export default app;
